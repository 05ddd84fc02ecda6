namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Keeps the last <see cref="Capacity"/> posted webhooks in memory.</summary>
internal sealed class SentLog
{
    /// <summary>Maximum number of deliveries in the log.</summary>
    public const int Capacity = 100;

    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _deliveries = new(Capacity);

    /// <summary>Adds a delivery. A full log drops its oldest delivery.</summary>
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

    /// <summary>Returns the deliveries in the log, newest first.</summary>
    public IReadOnlyList<Delivery> Newest()
    {
        lock (_lock)
        {
            return [.. _deliveries.Reverse()];
        }
    }
}
