namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// Publishes at a fixed rate, to one channel after the other. A message that is sent late keeps its due time, so that a server that delays
/// the publisher does not look fast.
/// </summary>
internal sealed class Pace(Publisher publisher, int channels, double rate)
{
    private readonly long _began = Loop.Now + publisher.HeadStart;
    private long _count;

    /// <summary>Publishes the due messages and returns the time until the next message is due.</summary>
    public long PublishDue()
    {
        while (DueAt - publisher.HeadStart <= Loop.Now)
        {
            if (!publisher.CanPublish)
            {
                return Loop.Milliseconds(0.2);
            }

            publisher.Publish((int)(_count % channels), DueAt);
            _count++;
        }

        return Math.Min(DueAt - publisher.HeadStart - Loop.Now, publisher.MaxWait);
    }

    private long DueAt => _began + (long)(_count * 1e9 / rate);
}
