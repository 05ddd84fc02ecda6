namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// Publishes at a fixed rate, to one channel after the other. A message that is sent late keeps the time at which it was due, so
/// that a server that holds up the publisher does not look fast.
/// </summary>
internal sealed class Pace(Publisher publisher, int channels, double rate)
{
    private readonly long _began = Loop.Now + publisher.Ahead;
    private long _count;

    /// <summary>Returns how long to wait until more is due.</summary>
    public long PublishDue()
    {
        while (DueAt - publisher.Ahead <= Loop.Now)
        {
            if (!publisher.CanPublish)
            {
                return Loop.Milliseconds(0.2);
            }

            publisher.Publish((int)(_count % channels), DueAt);
            _count++;
        }

        return Math.Min(DueAt - publisher.Ahead - Loop.Now, publisher.Patience);
    }

    private long DueAt => _began + (long)(_count * 1e9 / rate);
}
