namespace JackAutomotive.RealtimeLoad;

/// <summary>Counts the messages that the readers received.</summary>
internal sealed class Tally(Channels channels)
{
    private bool _isMeasuring;

    /// <summary>Received messages, before and in the measurement. A message counts once for each reader.</summary>
    public long Received { get; private set; }

    /// <summary>Received messages of the measurement, without those of the readers that stall on purpose.</summary>
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

    public void Add(Mark mark, ReceivedSeqs seen, int channel, bool isStalling, long now)
    {
        var isMeasured = channels.IsMeasured(channel, mark.Seq) && _isMeasuring;
        var isNew = seen.Add(mark.Seq, out var isLate);
        if (!isMeasured)
        {
            Received += isNew && !isStalling ? 1 : 0;
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
            Received++;
            Delivered++;
            LastAt = now;
            Latency.Add(now - mark.DueAt);
        }
    }
}
