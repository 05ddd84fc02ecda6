using System.Text;
using JackAutomotive.Contracts;

namespace JackAutomotive.RealtimeLoad;

/// <summary>A message with its channel and its due time.</summary>
internal sealed record OutgoingMessage(int Channel, LeadEvent Message, long DueAt)
{
    public Mark Mark => new(Message.Seq, DueAt);
}

/// <summary>
/// Creates messages: a text from a lead, as the product raises it. Every server gets the same bytes; the product gets them with its head.
/// </summary>
internal sealed class Messages(Channels channels, int bytes)
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    // The size of the data line's fixed part: ids, times, names.
    private const int LineBytes = 239;

    private readonly string _text = new('x', Math.Max(0, bytes - LineBytes));

    public OutgoingMessage Create(int channel, long seq, long dueAt)
    {
        // Postgres stores whole microseconds.
        var now = DateTimeOffset.UtcNow;
        var occurredAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var data = $$"""{"messageSid":"SM00000000000000000000000000000000","body":"{{new Mark(seq, dueAt)}}{{_text}}","media":[]}""";
        var message = new LeadEvent(channels.Leads[channel], seq, LeadEventTypes.SmsReceived, occurredAt, data, TraceParent);
        return new OutgoingMessage(channel, message, dueAt);
    }

    /// <summary>Encodes an event as the product publishes it.</summary>
    public static byte[] EncodeForProduct(LeadEvent e) => LeadMessage.Encode(e.TraceParent, e.CommittedAt ?? e.OccurredAt, e.Seq, LeadEventFrame.Encode(e));

    /// <summary>Returns the event's data line, from which the other servers make their own frames.</summary>
    public static ReadOnlySpan<byte> DataLineOf(LeadEvent e)
    {
        ReadOnlySpan<byte> frame = LeadEventFrame.Encode(e);
        var start = frame.IndexOf("data: "u8) + "data: ".Length;
        return frame[start..^2];
    }

    /// <summary>Returns the data line, escaped for use within a JSON string.</summary>
    public static string QuotedDataLineOf(LeadEvent e) =>
        Encoding.UTF8.GetString(DataLineOf(e)).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
