namespace JackAutomotive.Realtime.Events;

/// <summary>The newest events of one lead, without gaps, up to a number of bytes. Not thread-safe.</summary>
internal sealed class RecentEvents(int maxBytes)
{
    private readonly Queue<FeedEvent> _events = new();
    private int _bytes;

    /// <summary>Appends the event that follows the last one.</summary>
    public void Add(in FeedEvent message)
    {
        _events.Enqueue(message);
        _bytes += message.Block.Length;
        while (_bytes > maxBytes)
        {
            _bytes -= _events.Dequeue().Block.Length;
        }
    }

    /// <summary>Whether the event that follows <paramref name="after"/> is still here.</summary>
    public bool Reaches(long after) => _events.TryPeek(out var oldest) && oldest.Seq <= after + 1;

    /// <summary>The events that follow <paramref name="after"/>.</summary>
    public IEnumerable<FeedEvent> After(long after) => _events.Where(message => message.Seq > after);
}
