using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>One lead event or one passing frame, encoded and ready to be sent.</summary>
/// <param name="Seq">The event's position in the lead's log; 0 for a passing frame.</param>
/// <param name="TraceParent">The W3C trace context of the work that raised or published the event, or null.</param>
/// <param name="CommittedAt">The time of the event's commit or of the passing frame's creation; null for an event that was read from the log.</param>
/// <param name="Block">The encoded frame.</param>
internal readonly record struct FeedEvent(long Seq, string? TraceParent, DateTimeOffset? CommittedAt, Block Block)
{
    private static readonly byte[] s_lastEventLine = Encoding.UTF8.GetBytes($"event: {LeadEventTypes.LeadMergedInto}\n");

    /// <summary>True for a passing frame: it is not in the log, and a client that connects later never gets it.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>True for the last event of a log: the lead was merged into another lead.</summary>
    public bool EndsLog
    {
        get
        {
            // The event line is the second line of a frame, after the id line.
            var frame = Block.Frames.Span;
            return !IsPassing && frame[(frame.IndexOf((byte)'\n') + 1)..].StartsWith(s_lastEventLine);
        }
    }

    /// <summary>Decodes a message from Redis and copies its frame. Returns false if the message is neither an event nor a passing frame.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out FeedEvent decoded)
    {
        var isDecoded = LeadMessage.TryDecode(message, out var head, out var frame);
        decoded = isDecoded ? new FeedEvent(head.Seq, head.TraceParent, head.CommittedAt, Block.Of(frame)) : default;
        return isDecoded;
    }

    /// <summary>Combines the frames of several events into one block.</summary>
    public static Block Combine(IReadOnlyList<FeedEvent> events) =>
        events.Count == 1 ? events[0].Block : Block.Of([.. events.Select(feedEvent => feedEvent.Block.Frames)]);
}
