using System.Diagnostics.Metrics;

namespace JackAutomotive.WebhookApi.Telemetry;

/// <summary>Records the metrics of this service.</summary>
internal sealed class WebhookApiMetrics
{
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicate;
    private readonly Counter<long> _conflict;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _overloaded;
    private readonly Counter<long> _spooled;
    private readonly Counter<long> _kept;
    private readonly Counter<long> _unavailable;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _interrupted;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _published;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _deleted;
    private readonly Counter<long> _partialLines;
    private readonly Counter<long> _initiationAnswers;
    private readonly Counter<long> _streamTokens;
    private readonly Counter<long> _analyses;
    private readonly Counter<long> _analysisFallbacks;
    private readonly Counter<long> _analysisFailures;
    private readonly Counter<long> _contradictions;
    private readonly Counter<long> _unidentified;
    private readonly Counter<long> _outboundAttempts;
    private readonly Counter<long> _outboundLookups;
    private readonly Counter<long> _outboundShut;
    private readonly Counter<long> _alerts;
    private readonly Histogram<double> _acknowledged;
    private readonly Histogram<double> _endToEnd;
    private Func<int> _countKeptFiles = () => 0;
    private Func<IReadOnlyList<(string Kind, long Count)>> _countOpenAlerts = () => [];

    public WebhookApiMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(WebhookApiTelemetry.Name);
        meter.CreateObservableGauge(
            "jackautomotive.spool.kept", () => _countKeptFiles(), "{file}", "Files in the spool's folder that need a person");
        _accepted = CreateDeliveryCounter(meter, "accepted", "Deliveries stored for the first time");
        _duplicate = CreateDeliveryCounter(meter, "duplicate", "Deliveries that were already stored");
        _conflict = CreateDeliveryCounter(meter, "conflict", "Deliveries that were already stored with another body");
        _rejected = CreateDeliveryCounter(meter, "rejected", "Deliveries rejected, by reason");
        _overloaded = CreateDeliveryCounter(meter, "overloaded", "Deliveries that arrived while too many were waiting to be stored");
        _spooled = CreateDeliveryCounter(meter, "spooled", "Deliveries stored on the local disk because Postgres was unavailable");
        _kept = CreateDeliveryCounter(meter, "kept", "Deliveries that Postgres refused, kept on the local disk for a person");
        _unavailable = CreateDeliveryCounter(meter, "unavailable", "Deliveries answered 503 because they could be stored nowhere, by reason");
        _commits = meter.CreateCounter<long>("jackautomotive.inbox.commits", "{commit}", "Transactions that stored deliveries");
        _processed = CreateDeliveryCounter(meter, "processed", "Deliveries handled");
        _retried = CreateDeliveryCounter(meter, "retried", "Failed attempts that will be retried");
        _interrupted = CreateDeliveryCounter(meter, "interrupted", "Attempts that an outage ended; they do not count");
        _parked = CreateDeliveryCounter(meter, "parked", "Deliveries parked for a person");
        _published = meter.CreateCounter<long>("jackautomotive.event.published", "{event}", "Events published to watchers");
        _replayed = CreateDeliveryCounter(meter, "replayed", "Deliveries replayed by a person");
        _deleted = meter.CreateCounter<long>("jackautomotive.retention.deleted", "{row}", "Rows deleted at the end of their retention time");
        _partialLines = meter.CreateCounter<long>("jackautomotive.live.partial_lines", "{line}", "Partial lines, by outcome");
        _initiationAnswers = meter.CreateCounter<long>("jackautomotive.initiation.answers", "{answer}", "Initiation answers, by caller");
        _streamTokens = meter.CreateCounter<long>("jackautomotive.stream_tokens.issued", "{token}", "Stream tokens issued, by leads: all, named");
        _analyses = meter.CreateCounter<long>("jackautomotive.analysis.stored", "{analysis}", "Analyses stored, by engine and kind");
        _analysisFallbacks = meter.CreateCounter<long>(
            "jackautomotive.analysis.fallbacks", "{analysis}", "Analyses that the rules made in place of the model, by reason");
        _analysisFailures = meter.CreateCounter<long>("jackautomotive.analysis.failed", "{job}", "Analysis jobs that failed for good, by kind");
        _contradictions = meter.CreateCounter<long>(
            "jackautomotive.identity.contradictions", "{match}", "Leads identified although another clue named another lead, by that clue");
        _unidentified = meter.CreateCounter<long>(
            "jackautomotive.identity.unidentified", "{message}", "Texts that belong to no lead, because nobody can be reached at their sender");
        _outboundAttempts = meter.CreateCounter<long>(
            "jackautomotive.outbound.attempts", "{attempt}", "Attempts to send a text or start a call, by kind and result");
        _outboundLookups = meter.CreateCounter<long>(
            "jackautomotive.outbound.lookups", "{lookup}", "Questions to a provider what became of an attempt, by kind and result");
        _outboundShut = meter.CreateCounter<long>(
            "jackautomotive.outbound.shut", "{job}", "Texts and calls that a gate held back or withdrew, by kind and gate");
        _alerts = meter.CreateCounter<long>("jackautomotive.alerts.raised", "{alert}", "Alerts raised, by kind");
        meter.CreateObservableGauge(
            "jackautomotive.alerts.open",
            () => _countOpenAlerts().Select(open => new Measurement<long>(open.Count, Tag("kind", open.Kind))),
            "{alert}",
            "Open alerts, by kind");
        _acknowledged = meter.CreateHistogram<double>("jackautomotive.webhook.ack.duration", "s", "Time to store a delivery");
        _endToEnd = meter.CreateHistogram<double>("jackautomotive.webhook.end_to_end.duration", "s", "Time from accepted to handled");
    }

    /// <summary>Sets the function that counts the files in the spool's folder that need a person.</summary>
    public void ObserveKeptFiles(Func<int> count) => _countKeptFiles = count;

    /// <summary>Sets the function that counts the open alerts.</summary>
    public void ObserveOpenAlerts(Func<IReadOnlyList<(string Kind, long Count)>> count) => _countOpenAlerts = count;

    public void CountAccepted(string topic) => _accepted.Add(1, Tag("topic", topic));

    public void CountDuplicate(string topic) => _duplicate.Add(1, Tag("topic", topic));

    public void CountConflict(string topic) => _conflict.Add(1, Tag("topic", topic));

    public void CountRejected(string topic, string reason) => _rejected.Add(1, Tag("topic", topic), Tag("reason", reason));

    public void CountOverloaded(string topic) => _overloaded.Add(1, Tag("topic", topic));

    public void CountSpooled(string topic) => _spooled.Add(1, Tag("topic", topic));

    public void CountKept(string topic) => _kept.Add(1, Tag("topic", topic));

    public void CountUnavailable(string topic, string reason) => _unavailable.Add(1, Tag("topic", topic), Tag("reason", reason));

    public void CountCommit() => _commits.Add(1);

    public void RecordAcceptDuration(string topic, string outcome, TimeSpan duration) =>
        _acknowledged.Record(duration.TotalSeconds, Tag("topic", topic), Tag("outcome", outcome));

    public void RecordHandled(string topic, TimeSpan sinceAccepted)
    {
        _processed.Add(1, Tag("topic", topic));
        _endToEnd.Record(sinceAccepted.TotalSeconds, Tag("topic", topic));
    }

    public void CountRetry(string topic) => _retried.Add(1, Tag("topic", topic));

    public void CountInterrupted(string topic) => _interrupted.Add(1, Tag("topic", topic));

    public void CountParked(string topic, string parkedAs) => _parked.Add(1, Tag("topic", topic), Tag("as", parkedAs));

    public void CountPublished(string type) => _published.Add(1, Tag("type", type));

    public void CountReplayed(string topic) => _replayed.Add(1, Tag("topic", topic));

    public void CountDeleted(string what, long rows) => _deleted.Add(rows, Tag("what", what));

    public void CountPartialLine(string outcome) => _partialLines.Add(1, Tag("outcome", outcome));

    public void CountInitiationAnswer(string outcome) => _initiationAnswers.Add(1, Tag("caller", outcome));

    public void CountStreamToken(string leads) => _streamTokens.Add(1, Tag("leads", leads));

    public void CountAnalysis(string engine, string kind) => _analyses.Add(1, Tag("engine", engine), Tag("kind", kind));

    public void CountAnalysisFallback(string reason) => _analysisFallbacks.Add(1, Tag("reason", reason));

    public void CountAnalysisFailed(string kind) => _analysisFailures.Add(1, Tag("kind", kind));

    public void CountContradiction(string clue) => _contradictions.Add(1, Tag("clue", clue));

    public void CountUnidentified(string channel) => _unidentified.Add(1, Tag("channel", channel));

    public void CountOutboundAttempt(string kind, string result) => _outboundAttempts.Add(1, Tag("kind", kind), Tag("result", result));

    public void CountOutboundLookup(string kind, string result) => _outboundLookups.Add(1, Tag("kind", kind), Tag("result", result));

    public void CountOutboundShut(string kind, string gate) => _outboundShut.Add(1, Tag("kind", kind), Tag("gate", gate));

    public void CountAlert(string kind) => _alerts.Add(1, Tag("kind", kind));

    private static Counter<long> CreateDeliveryCounter(Meter meter, string name, string description) =>
        meter.CreateCounter<long>($"jackautomotive.webhook.{name}", "{delivery}", description);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
