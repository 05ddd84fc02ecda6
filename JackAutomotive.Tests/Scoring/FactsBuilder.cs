using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.Tests.Scoring;

/// <summary>Builds the facts of an invented lead. Times are hours before <see cref="Now"/>; a negative number lies in the future.</summary>
internal sealed class FactsBuilder
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly List<Contact> _contacts = [];
    private readonly List<LeadSignal> _signals = [];
    private readonly List<Commitment> _commitments = [];
    private readonly List<SentimentFact> _sentiments = [];
    private readonly Dictionary<ProfileField, ProfileValue> _profile = [];
    private readonly Dictionary<DocumentKind, StoredDocument> _documents = [];
    private StoredStatus _status = StoredStatus.New(At(100));
    private DateTimeOffset _createdAt = At(100);
    private bool _isReachable = true;

    public static DateTimeOffset At(double hoursAgo) => Now.AddHours(-hoursAgo);

    public FactsBuilder Created(double hoursAgo)
    {
        _createdAt = At(hoursAgo);
        _status = StoredStatus.New(_createdAt);
        return this;
    }

    public FactsBuilder Unreachable()
    {
        _isReachable = false;
        return this;
    }

    public FactsBuilder TextIn(double hoursAgo) => Add(new Contact(false, true, At(hoursAgo), ContactOutcome.Reached, 0, true, "SMin"));

    public FactsBuilder TextOut(double hoursAgo, bool isDelivered = true) => Add(new Contact(
        false, false, At(hoursAgo), isDelivered ? ContactOutcome.Reached : ContactOutcome.NotReached, 0, false, "SMout"));

    public FactsBuilder Talk(double hoursAgo, double seconds = 180, bool isInbound = true) =>
        Add(new Contact(true, isInbound, At(hoursAgo), ContactOutcome.Reached, seconds, true, "CAtalk"));

    public FactsBuilder Call(double hoursAgo, ContactOutcome outcome, bool isInbound = false) =>
        Add(new Contact(true, isInbound, At(hoursAgo), outcome, 0, false, "CAcall"));

    public FactsBuilder Signal(SignalKind kind, double hoursAgo, DateTimeOffset? dueAt = null, string? detail = null)
    {
        _signals.Add(new LeadSignal(kind, At(hoursAgo), detail, dueAt, "conv_signal"));
        return this;
    }

    public FactsBuilder Commit(string text, bool isOurs, double hoursAgo, DateTimeOffset? dueAt = null)
    {
        _commitments.Add(new Commitment(text, isOurs, At(hoursAgo), dueAt, "conv_commitment"));
        return this;
    }

    public FactsBuilder Feeling(double score, double hoursAgo)
    {
        _sentiments.Add(new SentimentFact(At(hoursAgo), score, "conv_feeling"));
        return this;
    }

    public FactsBuilder Knows(ProfileField field, ProfileValue value)
    {
        _profile[field] = value;
        return this;
    }

    public FactsBuilder Document(DocumentKind kind, DocumentState state, double hoursAgo = 1)
    {
        _documents[kind] = new StoredDocument(state, null, "ann", At(hoursAgo));
        return this;
    }

    public FactsBuilder Is(LeadStatus status, double hoursAgo = 50, string by = "rule", DateTimeOffset? appointmentAt = null, int noShows = 0)
    {
        _status = new StoredStatus(
            status, At(hoursAgo), by, by == "person" ? "ann" : null, "because", appointmentAt, noShows, noShows > 0 ? At(hoursAgo) : null);
        return this;
    }

    public LeadFacts Build() => new(
        new LeadId(Guid.Empty), _createdAt, _isReachable, _status, [.. _contacts.OrderBy(contact => contact.At)], _profile, _documents,
        [.. _signals.OrderBy(signal => signal.At)], _commitments, _sentiments);

    private FactsBuilder Add(Contact contact)
    {
        _contacts.Add(contact);
        return this;
    }
}
