using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>One lead event, or one passing frame, ready to be sent. A passing frame reports a momentary state, such as words that are being said.</summary>
/// <param name="Seq">The event's position in the lead's log; 0 for a passing frame.</param>
/// <param name="TraceParent">The W3C trace context of the work that raised or published the event, or null.</param>
/// <param name="CommittedAt">The time of the commit, or of a passing frame's creation; null for an event read from the log.</param>
/// <param name="Block">The encoded frame.</param>
internal readonly record struct FeedEvent(long Seq, string? TraceParent, DateTimeOffset? CommittedAt, Block Block)
{
    /// <summary>True for a passing frame: it has no position in the log, and a client that connects later never gets it.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>Decodes a published message and copies its frame once. Returns false if the bytes are not an event.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out FeedEvent decoded)
    {
        var isEvent = LeadMessage.TryDecode(message, out var head, out var frame);
        decoded = isEvent ? new FeedEvent(head.Seq, head.TraceParent, head.CommittedAt, Block.Of(frame)) : default;
        return isEvent;
    }

    /// <summary>Combines the frames of several events into one block.</summary>
    public static Block Combine(IReadOnlyList<FeedEvent> events) =>
        events.Count == 1 ? events[0].Block : Block.Of([.. events.Select(e => e.Block.Frames)]);
}
