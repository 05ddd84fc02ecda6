using System.Buffers.Text;
using System.Text;

namespace JackAutomotive.Contract;

/// <summary>
/// What is published to Redis for one event: one line with the trace context (or <c>-</c>), then the finished frame.
/// <code>
/// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
/// id: 7
/// event: sms_received
/// data: {…}
///
/// </code>
/// A passing frame, see <see cref="LeadEventFrame.EncodePassing"/>, begins with its event line.
/// </summary>
/// <param name="Seq">The event's position in the lead's log, read from the frame's id line; 0 for a passing frame.</param>
/// <param name="TraceParent">W3C trace context of the publish, or null.</param>
/// <param name="Frame">The frame, a slice of the message: every client is sent these very bytes.</param>
internal readonly record struct LeadMessage(long Seq, string? TraceParent, ReadOnlyMemory<byte> Frame)
{
    private const byte NewLine = (byte)'\n';

    /// <summary>It has no place in the log: for those who watch now, and for nobody later.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>The channel that carries a lead's events.</summary>
    public static string ChannelOf(LeadId lead) => $"lead:{lead}";

    /// <summary>Puts the trace context before a frame.</summary>
    public static byte[] Encode(string? traceParent, ReadOnlySpan<byte> frame)
    {
        var head = traceParent ?? "-";
        var message = new byte[Encoding.UTF8.GetByteCount(head) + 1 + frame.Length];
        var length = Encoding.UTF8.GetBytes(head, message);
        message[length] = NewLine;
        frame.CopyTo(message.AsSpan(length + 1));
        return message;
    }

    /// <summary>Takes a published message apart without copying the frame. False if it is not one.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> message, out LeadMessage decoded)
    {
        decoded = default;
        var end = message.Span.IndexOf(NewLine);
        if (end < 0)
        {
            return false;
        }

        var frame = message[(end + 1)..];
        if (!TryReadSeq(frame.Span, out var seq))
        {
            return false;
        }

        var head = message.Span[..end];
        decoded = new LeadMessage(seq, head.SequenceEqual("-"u8) ? null : Encoding.UTF8.GetString(head), frame);
        return true;
    }

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
