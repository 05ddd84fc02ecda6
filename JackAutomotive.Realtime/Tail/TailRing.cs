namespace JackAutomotive.Realtime.Tail;

/// <summary>Keeps the newest events of all leads in memory, up to a number of bytes. Not thread-safe.</summary>
/// <param name="startPlace">The place after which the ring starts; every later event is added.</param>
/// <param name="maxBytes">The most bytes of frames to keep.</param>
internal sealed class TailRing(long startPlace, int maxBytes)
{
    private readonly Queue<TailEvent> _events = new();
    private int _bytes;

    /// <summary>The ring holds every event after this place.</summary>
    public long StartsAfter { get; private set; } = startPlace;

    /// <summary>Appends the newest event and discards the oldest events beyond the limit.</summary>
    public void Add(in TailEvent tailEvent)
    {
        _events.Enqueue(tailEvent);
        _bytes += tailEvent.Block.Length;
        while (_bytes > maxBytes)
        {
            var oldest = _events.Dequeue();
            _bytes -= oldest.Block.Length;
            StartsAfter = oldest.Place;
        }
    }

    /// <summary>Returns the events that follow <paramref name="after"/>, which must not be below <see cref="StartsAfter"/>.</summary>
    public IEnumerable<TailEvent> GetEventsAfter(long after) => _events.Where(e => e.Place > after);
}
