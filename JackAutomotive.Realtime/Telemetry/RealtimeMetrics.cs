using System.Diagnostics.Metrics;
using JackAutomotive.Realtime.Feeds;

namespace JackAutomotive.Realtime.Telemetry;

/// <summary>Records the metrics of this service.</summary>
internal sealed class RealtimeMetrics
{
    private const string Prefix = "jackautomotive.realtime.";

    private static readonly InstrumentAdvice<double> s_lagBuckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    };

    private readonly UpDownCounter<long> _connections;
    private readonly UpDownCounter<long> _leads;
    private readonly Counter<long> _events;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _repaired;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _cut;
    private readonly Counter<long> _skippedPassing;
    private readonly Counter<long> _unreadable;
    private readonly Gauge<int> _redis;

    public RealtimeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RealtimeTelemetry.Name);
        _connections = meter.CreateUpDownCounter<long>(Prefix + "connections", "{connection}", "Open streams.");
        _leads = meter.CreateUpDownCounter<long>(Prefix + "leads", "{lead}", "Leads with a subscription.");
        _events = meter.CreateCounter<long>(Prefix + "events.sent", "{event}", "Frames written, counted once for each client.");
        _bytes = meter.CreateCounter<long>(Prefix + "bytes.sent", "By", "Bytes written to streams.");
        _lag = meter.CreateHistogram(Prefix + "lag", "s", "The time from an event's commit to the write to its last stream.", advice: s_lagBuckets);
        _repaired = meter.CreateCounter<long>(
            Prefix + "events.repaired", "{event}", "Events read from Postgres because their Redis message was lost.");
        _replays = meter.CreateCounter<long>(Prefix + "replays", "{replay}", "Streams that resumed behind the newest event.");
        _replayed = meter.CreateCounter<long>(Prefix + "events.replayed", "{event}", "Frames read from Postgres for one client.");
        _cut = meter.CreateCounter<long>(Prefix + "clients.cut", "{connection}", "Clients cut because they were too slow or sent data, by reason.");
        _skippedPassing = meter.CreateCounter<long>(Prefix + "passing.skipped", "{event}", "Passing frames skipped for clients that are behind.");
        _unreadable = meter.CreateCounter<long>(Prefix + "messages.unreadable", "{message}", "Redis messages that could not be decoded.");
        _redis = meter.CreateGauge<int>(Prefix + "redis.up", "1", "1: Redis delivers messages. 0: streams read from Postgres only.");
    }

    public void CountConnected() => _connections.Add(1);

    public void CountDisconnected() => _connections.Add(-1);

    public void CountLeadAdded() => _leads.Add(1);

    public void CountLeadRemoved() => _leads.Add(-1);

    public void CountSent(long events, long bytes)
    {
        _events.Add(events);
        _bytes.Add(bytes);
    }

    public void RecordLag(in FeedEvent feedEvent, DateTimeOffset now)
    {
        if (feedEvent.CommittedAt is { } committedAt)
        {
            _lag.Record(Math.Max(0, (now - committedAt).TotalSeconds));
        }
    }

    public void CountRepaired(long events) => _repaired.Add(events);

    public void CountReplay() => _replays.Add(1);

    public void CountReplayed(int events) => _replayed.Add(events);

    public void CountCutClient(string reason) => _cut.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void CountSkippedPassingFrame() => _skippedPassing.Add(1);

    public void CountUnreadableMessage() => _unreadable.Add(1);

    public void SetRedisUp(bool up) => _redis.Record(up ? 1 : 0);
}
