namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>The last webhooks that were posted, in memory and bounded.</summary>
internal sealed class SentLog
{
    /// <summary>How many are remembered.</summary>
    public const int Capacity = 100;

    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _deliveries = new(Capacity);

    /// <summary>Remembers one, at the cost of the oldest.</summary>
    public void Add(Delivery delivery)
    {
        lock (_lock)
        {
            if (_deliveries.Count == Capacity)
            {
                _deliveries.Dequeue();
            }

            _deliveries.Enqueue(delivery);
        }
    }

    /// <summary>What is remembered, newest first.</summary>
    public IReadOnlyList<Delivery> Newest()
    {
        lock (_lock)
        {
            return [.. _deliveries.Reverse()];
        }
    }
}
