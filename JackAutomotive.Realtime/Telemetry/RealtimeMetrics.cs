using System.Diagnostics.Metrics;
using JackAutomotive.Realtime.Feeds;

namespace JackAutomotive.Realtime.Telemetry;

/// <summary>
/// Records the metrics of this service. A passing frame is a frame that is not in the log, such as a partial line or a change of presence:
/// only clients that are connected at that moment receive it.
/// </summary>
internal sealed class RealtimeMetrics
{
    private const string Prefix = "jackautomotive.realtime.";

    private static readonly InstrumentAdvice<double> s_lagBuckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    };

    private readonly UpDownCounter<long> _connections;
    private readonly UpDownCounter<long> _leads;
    private readonly Counter<long> _framesSent;
    private readonly Counter<long> _bytesSent;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _eventsRepaired;
    private readonly Counter<long> _streamsResumed;
    private readonly Counter<long> _eventsReplayed;
    private readonly Counter<long> _clientsCut;
    private readonly Counter<long> _passingFramesSkipped;
    private readonly Counter<long> _eventsMissing;
    private readonly Counter<long> _messagesUnreadable;
    private readonly Gauge<int> _redisUp;

    public RealtimeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RealtimeTelemetry.Name);
        _connections = meter.CreateUpDownCounter<long>(Prefix + "connections", "{connection}", "Open streams.");
        _leads = meter.CreateUpDownCounter<long>(Prefix + "leads", "{lead}", "Leads with a subscription.");
        _framesSent = meter.CreateCounter<long>(
            Prefix + "events.sent", "{frame}", "Frames of events and passing frames written to streams, counted once for each client.");
        _bytesSent = meter.CreateCounter<long>(Prefix + "bytes.sent", "By", "Bytes written to streams.");
        _lag = meter.CreateHistogram(Prefix + "lag", "s", "The time from an event's commit to the write to its last stream.", advice: s_lagBuckets);
        _eventsRepaired = meter.CreateCounter<long>(
            Prefix + "events.repaired", "{event}", "Events read from Postgres because their Redis message was lost, once for each instance.");
        _streamsResumed = meter.CreateCounter<long>(Prefix + "replays", "{stream}", "Streams that resumed behind the newest event.");
        _eventsReplayed = meter.CreateCounter<long>(
            Prefix + "events.replayed", "{event}", "Missed events sent to one client that resumed.");
        _clientsCut = meter.CreateCounter<long>(
            Prefix + "clients.cut", "{connection}", "Clients cut because they were too slow or sent data, by reason.");
        _passingFramesSkipped = meter.CreateCounter<long>(
            Prefix + "passing.skipped", "{frame}", "Passing frames skipped for clients that are behind.");
        _eventsMissing = meter.CreateCounter<long>(
            Prefix + "events.missing", "{event}", "Events that leads' logs lack although later events exist, once for each hole and instance.");
        _messagesUnreadable = meter.CreateCounter<long>(Prefix + "messages.unreadable", "{message}", "Redis messages that could not be decoded.");
        _redisUp = meter.CreateGauge<int>(Prefix + "redis.up", "1", "1: Redis delivers messages. 0: streams read from Postgres only.");
    }

    public void CountConnected() => _connections.Add(1);

    public void CountDisconnected() => _connections.Add(-1);

    public void CountLeadAdded() => _leads.Add(1);

    public void CountLeadRemoved() => _leads.Add(-1);

    public void CountSent(long frames, long bytes)
    {
        _framesSent.Add(frames);
        _bytesSent.Add(bytes);
    }

    public void RecordLag(in FeedEvent feedEvent, DateTimeOffset now)
    {
        if (feedEvent.CommittedAt is { } committedAt)
        {
            _lag.Record(Math.Max(0, (now - committedAt).TotalSeconds));
        }
    }

    public void CountRepaired(long events) => _eventsRepaired.Add(events);

    public void CountResumedStream() => _streamsResumed.Add(1);

    public void CountReplayed(int events) => _eventsReplayed.Add(events);

    public void CountMissing(long events) => _eventsMissing.Add(events);

    public void CountCutClient(string reason) => _clientsCut.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void CountSkippedPassingFrame() => _passingFramesSkipped.Add(1);

    public void CountUnreadableMessage() => _messagesUnreadable.Add(1);

    public void SetRedisUp(bool up) => _redisUp.Record(up ? 1 : 0);
}
