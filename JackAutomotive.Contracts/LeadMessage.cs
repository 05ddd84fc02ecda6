using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace JackAutomotive.Contracts;

/// <summary>
/// The Redis message of one event: one line with the W3C <c>traceparent</c> (or <c>-</c>) and the time of the commit in Unix microseconds,
/// then the finished frame.
/// <code>
/// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 1763898725114000
/// id: 7
/// event: sms_received
/// data: {…}
///
/// </code>
/// A passing frame (see <see cref="LeadEventFrame.EncodePassing"/>) starts with its event line instead of an id line.
/// </summary>
/// <param name="Seq">The event's position in the lead's log, read from the frame's id line: 1 or more; 0 for a passing frame.</param>
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

    /// <summary>Builds a message.</summary>
    /// <param name="traceParent">The W3C <c>traceparent</c> of the span that publishes the event, or null.</param>
    /// <param name="committedAt">When the event was committed, from 1970 to 9999. Fractions of a microsecond are cut off.</param>
    /// <param name="frame">The finished frame.</param>
    public static byte[] Encode(string? traceParent, DateTimeOffset committedAt, ReadOnlySpan<byte> frame)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{traceParent ?? "-"} {MicrosecondsOf(committedAt)}\n");
        var message = new byte[Encoding.UTF8.GetByteCount(head) + frame.Length];
        frame.CopyTo(message.AsSpan(Encoding.UTF8.GetBytes(head, message)));
        return message;
    }

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
        if (lineEnd < 0 || !TryReadSeq(frame, out var seq) || !TryReadHead(message[..lineEnd], out var trace, out var committedAt))
        {
            return false;
        }

        decoded = new LeadMessage(seq, trace, committedAt, default);
        return true;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> head, out string? traceParent, out DateTimeOffset committedAt)
    {
        traceParent = null;
        committedAt = default;
        var separator = head.IndexOf(Space);
        if (separator < 0 || !Utf8Parser.TryParse(head[(separator + 1)..], out long microseconds, out var digits)
            || digits != head.Length - separator - 1 || microseconds is < 0 or > MaxMicroseconds)
        {
            return false;
        }

        committedAt = DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        traceParent = head[..separator].SequenceEqual("-"u8) ? null : Encoding.UTF8.GetString(head[..separator]);
        return true;
    }

    // The last microsecond of the year 9999, the end of the range of DateTimeOffset.
    private const long MaxMicroseconds = 253_402_300_799_999_999;

    private static long MicrosecondsOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static bool TryReadSeq(ReadOnlySpan<byte> frame, out long seq)
    {
        seq = 0;
        if (frame.StartsWith("event: "u8))
        {
            return frame.EndsWith("\n\n"u8);
        }

        if (!frame.StartsWith("id: "u8) || !Utf8Parser.TryParse(frame[4..], out seq, out var digits))
        {
            return false;
        }

        return seq > 0 && frame.Length > 4 + digits && frame[4 + digits] == NewLine;
    }
}
