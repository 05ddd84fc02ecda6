namespace JackAutomotive.Realtime.Feeds;

/// <summary>The newest events of one lead, without gaps, up to a byte limit. Not thread-safe.</summary>
internal sealed class RecentEvents(int maxBytes)
{
    private readonly Queue<FeedEvent> _events = new();
    private int _bytes;

    /// <summary>Appends the next event in seq order, and removes the oldest events if the byte limit requires it.</summary>
    public void Add(in FeedEvent feedEvent)
    {
        _events.Enqueue(feedEvent);
        _bytes += feedEvent.Block.Length;
        while (_bytes > maxBytes)
        {
            _bytes -= _events.Dequeue().Block.Length;
        }
    }

    /// <summary>Returns true if the event that follows <paramref name="after"/> is still in memory.</summary>
    public bool HasEventAfter(long after) => _events.TryPeek(out var oldest) && oldest.Seq <= after + 1;

    /// <summary>Returns the events that follow <paramref name="after"/>.</summary>
    public IEnumerable<FeedEvent> GetEventsAfter(long after) => _events.Where(feedEvent => feedEvent.Seq > after);
}
