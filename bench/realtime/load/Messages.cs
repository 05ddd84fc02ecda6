using System.Text;
using JackAutomotive.Contract;

namespace JackAutomotive.RealtimeLoad;

/// <summary>A message, the channel that it goes to, and when.</summary>
internal sealed record Outgoing(int Channel, LeadEvent Message, long DueAt)
{
    public Mark Mark => new(Message.Seq, DueAt);
}

/// <summary>One text from a customer, as the product raises it: the same bytes for every server, our own gets them with its head.</summary>
internal sealed class Messages(Channels channels, int bytes)
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    // The line's fixed part: ids, times, names.
    private const int LineBytes = 239;

    private readonly string _text = new('x', Math.Max(0, bytes - LineBytes));

    public Outgoing Make(int channel, long seq, long dueAt)
    {
        // Whole microseconds: what Postgres keeps.
        var now = DateTimeOffset.UtcNow;
        var occurredAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var data = $$"""{"messageSid":"SM00000000000000000000000000000000","body":"{{new Mark(seq, dueAt)}}{{_text}}","media":[]}""";
        var message = new LeadEvent(channels.Leads[channel], seq, LeadEventTypes.SmsReceived, occurredAt, data, TraceParent);
        return new Outgoing(channel, message, dueAt);
    }

    /// <summary>What the product publishes.</summary>
    public static byte[] Product(LeadEvent e) => LeadMessage.Encode(e.TraceParent, e.CommittedAt ?? e.OccurredAt, LeadEventFrame.Encode(e));

    /// <summary>The event's data line alone, from which other servers make frames of their own.</summary>
    public static ReadOnlySpan<byte> Line(LeadEvent e)
    {
        ReadOnlySpan<byte> frame = LeadEventFrame.Encode(e);
        var start = frame.IndexOf("data: "u8) + "data: ".Length;
        return frame[start..^2];
    }

    /// <summary>The same line within a JSON string.</summary>
    public static string Quoted(LeadEvent e) =>
        Encoding.UTF8.GetString(Line(e)).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
