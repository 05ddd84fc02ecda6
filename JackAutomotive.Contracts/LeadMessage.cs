using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace JackAutomotive.Contract;

/// <summary>
/// What is published to Redis for one event: one line with the trace context (or <c>-</c>) and the time of the commit in Unix
/// microseconds, then the finished frame.
/// <code>
/// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 1763898725114000
/// id: 7
/// event: sms_received
/// data: {…}
///
/// </code>
/// A passing frame, see <see cref="LeadEventFrame.EncodePassing"/>, begins with its event line.
/// </summary>
/// <param name="Seq">The event's position in the lead's log, read from the frame's id line; 0 for a passing frame.</param>
/// <param name="TraceParent">W3C trace context of the publish, or null.</param>
/// <param name="CommittedAt">
/// When the event was committed, or a passing frame made; null if that is not known: the event was read from the log.
/// </param>
/// <param name="Frame">The frame: every client is sent these very bytes.</param>
internal readonly record struct LeadMessage(long Seq, string? TraceParent, DateTimeOffset? CommittedAt, ReadOnlyMemory<byte> Frame)
{
    private const byte NewLine = (byte)'\n';
    private const byte Space = (byte)' ';

    /// <summary>It has no place in the log: for those who watch now, and for nobody later.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>The channel that carries a lead's events.</summary>
    public static string ChannelOf(LeadId lead) => $"lead:{lead}";

    /// <summary>Reads whose channel this is.</summary>
    public static bool TryReadChannel(ReadOnlySpan<byte> channel, out LeadId lead)
    {
        var prefix = "lead:"u8;
        Guid id = default;
        var isOne = channel.StartsWith(prefix)
            && Utf8Parser.TryParse(channel[prefix.Length..], out id, out var length)
            && length == channel.Length - prefix.Length;
        lead = new LeadId(id);
        return isOne;
    }

    /// <summary>Puts the trace context and the time before a frame.</summary>
    public static byte[] Encode(string? traceParent, DateTimeOffset committedAt, ReadOnlySpan<byte> frame)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{traceParent ?? "-"} {MicrosecondsOf(committedAt)}\n");
        var message = new byte[Encoding.UTF8.GetByteCount(head) + frame.Length];
        frame.CopyTo(message.AsSpan(Encoding.UTF8.GetBytes(head, message)));
        return message;
    }

    /// <summary>Takes a published message apart and copies the frame out of it. False if it is not one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out LeadMessage decoded)
    {
        var isOne = TryDecode(message, out decoded, out var frame);
        decoded = decoded with { Frame = frame.ToArray() };
        return isOne;
    }

    /// <summary>The same, with the frame left where it is.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out LeadMessage decoded, out ReadOnlySpan<byte> frame)
    {
        decoded = default;
        var end = message.IndexOf(NewLine);
        frame = message[(end + 1)..];
        if (end < 0 || !TryReadSeq(frame, out var seq) || !TryReadHead(message[..end], out var trace, out var committedAt))
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
        var gap = head.IndexOf(Space);
        if (gap < 0 || !Utf8Parser.TryParse(head[(gap + 1)..], out long microseconds, out var digits)
            || digits != head.Length - gap - 1 || microseconds is < 0 or > MaxMicroseconds)
        {
            return false;
        }

        committedAt = DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        traceParent = head[..gap].SequenceEqual("-"u8) ? null : Encoding.UTF8.GetString(head[..gap]);
        return true;
    }

    // The end of the year 9999.
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
