using System.Diagnostics.Metrics;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Telemetry;

/// <summary>The service's own instruments.</summary>
internal sealed class WebhookApiMetrics
{
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicate;
    private readonly Counter<long> _conflict;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _overloaded;
    private readonly Counter<long> _spooled;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _published;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _deleted;
    private readonly Counter<long> _passed;
    private readonly Counter<long> _briefed;
    private readonly Counter<long> _streamTokens;
    private readonly Histogram<double> _acknowledged;
    private readonly Histogram<double> _endToEnd;

    public WebhookApiMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(WebhookApiTelemetry.Name);
        _accepted = Deliveries(meter, "accepted", "Deliveries stored for the first time");
        _duplicate = Deliveries(meter, "duplicate", "Deliveries that had been stored before");
        _conflict = Deliveries(meter, "conflict", "Deliveries that had been stored before with another body");
        _rejected = Deliveries(meter, "rejected", "Deliveries refused, by reason");
        _overloaded = Deliveries(meter, "overloaded", "Deliveries turned away because too many were waiting to be stored");
        _spooled = Deliveries(meter, "spooled", "Deliveries kept on the local disk because Postgres was away");
        _commits = meter.CreateCounter<long>("jackautomotive.inbox.commits", "{commit}", "Transactions that stored deliveries");
        _processed = Deliveries(meter, "processed", "Deliveries handled to their end");
        _retried = Deliveries(meter, "retried", "Attempts that failed and will be repeated");
        _parked = Deliveries(meter, "parked", "Deliveries kept aside for a person");
        _published = meter.CreateCounter<long>("jackautomotive.event.published", "{event}", "Events published to watchers");
        _replayed = Deliveries(meter, "replayed", "Deliveries that a person had handled again");
        _deleted = meter.CreateCounter<long>("jackautomotive.retention.deleted", "{row}", "Rows deleted because they were old enough");
        _passed = meter.CreateCounter<long>("jackautomotive.live.partial_lines", "{line}", "Partial lines, shown to watchers or not");
        _briefed = meter.CreateCounter<long>("jackautomotive.initiation.answers", "{answer}", "Calls, by what the agent was told");
        _streamTokens = meter.CreateCounter<long>("jackautomotive.stream_tokens.issued", "{token}", "Stream tokens made, by leads: all, named");
        _acknowledged = meter.CreateHistogram<double>("jackautomotive.webhook.ack.duration", "s", "Time to store a delivery");
        _endToEnd = meter.CreateHistogram<double>("jackautomotive.webhook.end_to_end.duration", "s", "Time from accepted to handled");
    }

    public void Accepted(string topic) => _accepted.Add(1, Tag("topic", topic));

    public void Duplicate(string topic) => _duplicate.Add(1, Tag("topic", topic));

    public void Conflict(string topic) => _conflict.Add(1, Tag("topic", topic));

    public void Rejected(string topic, string reason) => _rejected.Add(1, Tag("topic", topic), Tag("reason", reason));

    public void Overloaded(string topic) => _overloaded.Add(1, Tag("topic", topic));

    public void Spooled(string topic) => _spooled.Add(1, Tag("topic", topic));

    public void Committed() => _commits.Add(1);

    public void Acknowledged(string topic, Acceptance acceptance, TimeSpan took) =>
        _acknowledged.Record(took.TotalSeconds, Tag("topic", topic), Tag("outcome", acceptance.ToString()));

    public void Processed(string topic, TimeSpan sinceAccepted)
    {
        _processed.Add(1, Tag("topic", topic));
        _endToEnd.Record(sinceAccepted.TotalSeconds, Tag("topic", topic));
    }

    public void Retried(string topic) => _retried.Add(1, Tag("topic", topic));

    public void Parked(string topic, string parkedAs) => _parked.Add(1, Tag("topic", topic), Tag("as", parkedAs));

    public void Published(string type) => _published.Add(1, Tag("type", type));

    public void Replayed(string topic) => _replayed.Add(1, Tag("topic", topic));

    public void Deleted(string what, long rows) => _deleted.Add(rows, Tag("what", what));

    public void Passed(string outcome) => _passed.Add(1, Tag("outcome", outcome));

    public void Briefed(string outcome) => _briefed.Add(1, Tag("caller", outcome));

    public void StreamTokenIssued(string leads) => _streamTokens.Add(1, Tag("leads", leads));

    private static Counter<long> Deliveries(Meter meter, string name, string description) =>
        meter.CreateCounter<long>($"jackautomotive.webhook.{name}", "{delivery}", description);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
