namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The deliveries that this instance has claimed and has not begun to handle, oldest claim first.</summary>
internal sealed class WaitingDeliveries(InboxOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<InboxDelivery> _queue = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    public void Add(IReadOnlyList<InboxDelivery> claimed)
    {
        lock (_gate)
        {
            foreach (var delivery in claimed)
            {
                _queue.Enqueue(delivery);
            }
        }
    }

    /// <summary>
    /// Takes deliveries for one transaction: one lane's share of all that wait, so that no lane is idle while another one has many. Takes
    /// none if the oldest is stale.
    /// </summary>
    public IReadOnlyList<InboxDelivery> Take()
    {
        lock (_gate)
        {
            var share = (_queue.Count + options.Concurrency - 1) / options.Concurrency;
            return TakeWhile(Math.Min(share, options.BatchSize), delivery => !IsStale(delivery));
        }
    }

    /// <summary>
    /// Takes the stale deliveries, which have waited for a third of their lease or longer: the rest of the lease may be too short for them.
    /// They wait so long only if every lane is busy with something slow.
    /// </summary>
    public IReadOnlyList<InboxDelivery> TakeStale()
    {
        lock (_gate)
        {
            return TakeWhile(_queue.Count, IsStale);
        }
    }

    private List<InboxDelivery> TakeWhile(int limit, Func<InboxDelivery, bool> condition)
    {
        var taken = new List<InboxDelivery>(limit);
        while (taken.Count < limit && condition(_queue.Peek()))
        {
            taken.Add(_queue.Dequeue());
        }

        return taken;
    }

    private bool IsStale(InboxDelivery delivery) => delivery.LeaseUntil - time.GetUtcNow() <= options.Lease * 2 / 3;
}
