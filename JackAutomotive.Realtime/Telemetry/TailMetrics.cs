using System.Diagnostics.Metrics;

namespace JackAutomotive.Realtime.Telemetry;

/// <summary>Records the metrics of the tail, the end of the log of all leads.</summary>
internal sealed class TailMetrics
{
    private const string Prefix = "jackautomotive.realtime.tail.";

    private readonly Counter<long> _reads;
    private readonly Counter<long> _events;
    private readonly Counter<long> _heldBack;

    public TailMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RealtimeTelemetry.Name);
        _reads = meter.CreateCounter<long>(Prefix + "reads", "{read}", "Queries for new events at the end of the log of all leads.");
        _events = meter.CreateCounter<long>(Prefix + "events", "{event}", "Events read from the log of all leads, each once for all clients.");
        _heldBack = meter.CreateCounter<long>(Prefix + "held_back", "{read}", "Reads that found a missing place and wait for it.");
    }

    public void CountRead(int events, bool hasGap)
    {
        _reads.Add(1);
        _events.Add(events);
        _heldBack.Add(hasGap ? 1 : 0);
    }
}
