using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace JackAutomotive.Contracts;

/// <summary>
/// The Redis message of one event: one line with the W3C <c>traceparent</c> (or <c>-</c>), the time of the commit in Unix microseconds and the
/// seq, then the finished frame.
/// <code>
/// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 1763898725114000 7
/// id: 7
/// event: sms_received
/// data: {…}
///
/// </code>
/// A passing frame (see <see cref="LeadEventFrame.EncodePassing"/>) has the seq 0 and starts with its event line instead of an id line.
/// </summary>
/// <param name="Seq">The event's position in the lead's log: 1 or more; 0 for a passing frame.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> of the span that published the event, or null.</param>
/// <param name="CommittedAt">
/// When the event was committed, or when a passing frame was built (UTC, in whole microseconds). Null if the event was read from the log
/// and not from Redis, because the time of the commit is not known then.
/// </param>
/// <param name="Frame">The frame. Every client receives exactly these bytes.</param>
public readonly record struct LeadMessage(long Seq, string? TraceParent, DateTimeOffset? CommittedAt, ReadOnlyMemory<byte> Frame)
{
    private const byte NewLine = (byte)'\n';
    private const byte Space = (byte)' ';

    /// <summary>True for a passing frame, which is not in the log and is never replayed.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>Returns the name of the Redis channel that carries a lead's events: <c>lead:</c> and the lead's id.</summary>
    public static string ChannelName(LeadId lead) => $"lead:{lead}";

    /// <summary>Reads the lead from the name of a channel. Returns false if this is not the channel of a lead.</summary>
    public static bool TryParseChannel(ReadOnlySpan<byte> channel, out LeadId lead)
    {
        var prefix = "lead:"u8;
        Guid id = default;
        var isValid = channel.StartsWith(prefix)
            && Utf8Parser.TryParse(channel[prefix.Length..], out id, out var length)
            && length == channel.Length - prefix.Length;
        lead = new LeadId(id);
        return isValid;
    }

    /// <summary>Builds the message of an event.</summary>
    /// <param name="traceParent">The W3C <c>traceparent</c> of the span that publishes the event, or null.</param>
    /// <param name="committedAt">When the event was committed, from 1970 to 9999. Fractions of a microsecond are cut off.</param>
    /// <param name="seq">The event's position in the lead's log, 1 or more.</param>
    /// <param name="frame">The finished frame.</param>
    public static byte[] Encode(string? traceParent, DateTimeOffset committedAt, long seq, ReadOnlySpan<byte> frame)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{traceParent ?? "-"} {MicrosecondsOf(committedAt)} {seq}\n");
        var message = new byte[Encoding.UTF8.GetByteCount(head) + frame.Length];
        frame.CopyTo(message.AsSpan(Encoding.UTF8.GetBytes(head, message)));
        return message;
    }

    /// <summary>Builds the message of a passing frame.</summary>
    /// <param name="traceParent">The W3C <c>traceparent</c> of the span that publishes the frame, or null.</param>
    /// <param name="builtAt">When the frame was built, from 1970 to 9999. Fractions of a microsecond are cut off.</param>
    /// <param name="frame">The finished frame.</param>
    public static byte[] EncodePassing(string? traceParent, DateTimeOffset builtAt, ReadOnlySpan<byte> frame) =>
        Encode(traceParent, builtAt, 0, frame);

    /// <summary>Decodes a message and copies its frame. Returns false if the bytes are not a valid message.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out LeadMessage decoded)
    {
        var isValid = TryDecode(message, out decoded, out var frame);
        decoded = decoded with { Frame = frame.ToArray() };
        return isValid;
    }

    /// <summary>
    /// Decodes a message without copying its frame: <see cref="Frame"/> is empty and <paramref name="frame"/> is a part of
    /// <paramref name="message"/>. Returns false if the bytes are not a valid message.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out LeadMessage decoded, out ReadOnlySpan<byte> frame)
    {
        decoded = default;
        var lineEnd = message.IndexOf(NewLine);
        frame = message[(lineEnd + 1)..];
        if (lineEnd < 0 || !TryReadHead(message[..lineEnd], out decoded))
        {
            return false;
        }

        return frame.StartsWith(decoded.IsPassing ? "event: "u8 : "id: "u8) && frame.EndsWith("\n\n"u8);
    }

    private static bool TryReadHead(ReadOnlySpan<byte> head, out LeadMessage decoded)
    {
        decoded = default;
        var first = head.IndexOf(Space);
        var last = head.LastIndexOf(Space);
        if (first < 0
            || !TryReadNumber(head[(last + 1)..], out var seq)
            || !TryReadNumber(head[(first + 1)..Math.Max(first + 1, last)], out var microseconds)
            || microseconds > MaxMicroseconds)
        {
            return false;
        }

        decoded = new LeadMessage(
            seq,
            head[..first].SequenceEqual("-"u8) ? null : Encoding.UTF8.GetString(head[..first]),
            DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond),
            default);
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out long number) =>
        Utf8Parser.TryParse(text, out number, out var digits) && digits == text.Length && number >= 0;

    // The last microsecond of the year 9999, the end of the range of DateTimeOffset.
    private const long MaxMicroseconds = 253_402_300_799_999_999;

    private static long MicrosecondsOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
