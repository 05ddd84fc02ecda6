namespace JackAutomotive.Realtime.Tail;

/// <summary>The newest events of all leads, up to a number of bytes. Not thread-safe.</summary>
/// <param name="position">Everything after this place comes here.</param>
/// <param name="maxBytes">Of frames.</param>
internal sealed class TailRing(long position, int maxBytes)
{
    private readonly Queue<TailEvent> _events = new();
    private int _bytes;

    /// <summary>Everything after this place is here.</summary>
    public long From { get; private set; } = position;

    /// <summary>Appends the newest event.</summary>
    public void Add(in TailEvent e)
    {
        _events.Enqueue(e);
        _bytes += e.Block.Length;
        while (_bytes > maxBytes)
        {
            var oldest = _events.Dequeue();
            _bytes -= oldest.Block.Length;
            From = oldest.Position;
        }
    }

    /// <summary>The events that follow <paramref name="after"/>, which must not be before <see cref="From"/>.</summary>
    public IEnumerable<TailEvent> After(long after) => _events.Where(e => e.Position > after);
}
