namespace JackAutomotive.RealtimeLoad;

/// <summary>What the readers got.</summary>
internal sealed class Tally(Channels channels)
{
    private bool _isMeasuring;

    /// <summary>Messages got, before the measurement and in it, each once for each reader.</summary>
    public long Got { get; private set; }

    /// <summary>Those of the measurement, without the readers that stall on purpose.</summary>
    public long Delivered { get; private set; }

    public long Doubled { get; private set; }

    public long Reordered { get; private set; }

    public long LastAt { get; private set; }

    public Histogram Latency { get; } = new();

    public void Start()
    {
        channels.Start();
        Latency.Clear();
        Delivered = Doubled = Reordered = 0;
        _isMeasuring = true;
    }

    public void Add(Mark mark, Seen seen, int channel, bool isStalling, long now)
    {
        var counts = channels.Counts(channel, mark.Seq) && _isMeasuring;
        var isNew = seen.Add(mark.Seq, out var isLate);
        if (!counts)
        {
            Got += isNew && !isStalling ? 1 : 0;
            return;
        }

        if (!isNew)
        {
            Doubled++;
            return;
        }

        Reordered += isLate ? 1 : 0;
        if (!isStalling)
        {
            Got++;
            Delivered++;
            LastAt = now;
            Latency.Add(now - mark.DueAt);
        }
    }
}
