using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;

namespace JackAutomotive.Realtime.Events;

/// <summary>One event of a lead, or a passing frame, ready to be sent.</summary>
/// <param name="Seq">The event's position in the lead's log; 0 for a passing frame.</param>
/// <param name="TraceParent">W3C trace context of what raised or published it, or null.</param>
/// <param name="CommittedAt">When it was committed; null if it was read from the log.</param>
/// <param name="Block">The frame.</param>
internal readonly record struct FeedEvent(long Seq, string? TraceParent, DateTimeOffset? CommittedAt, Block Block)
{
    /// <summary>It has no place in the log: for those who watch now, and for nobody later.</summary>
    public bool IsPassing => Seq == 0;

    /// <summary>Takes a published message apart, with one copy of the frame. False if it is not one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, out FeedEvent decoded)
    {
        var isOne = LeadMessage.TryDecode(message, out var head, out var frame);
        decoded = isOne ? new FeedEvent(head.Seq, head.TraceParent, head.CommittedAt, Block.Of(frame)) : default;
        return isOne;
    }

    /// <summary>Several, in one block.</summary>
    public static Block Glue(IReadOnlyList<FeedEvent> events) =>
        events.Count == 1 ? events[0].Block : Block.Of([.. events.Select(e => e.Block.Frames)]);
}
