using System.Text.Json;
using JackAutomotive.Analysis;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>
/// What the analysis of conversations contributes to the facts of a lead. This is the one place where stored results of the analysis become
/// facts: signals (intents and requests to end contact), commitments (open action items) and sentiments.
/// </summary>
internal sealed class AnalysisFacts
{
    /// <summary>The newest analyses of each lead. Parameters: the ids of the leads, the number of analyses.</summary>
    public const string AnalysesSql = """
        SELECT analysis.lead_id, analysis.subject, analysis.ended_at, analysis.score, analysis.signals
        FROM unnest($1) AS lead (id)
        CROSS JOIN LATERAL (
            SELECT * FROM conversation_analyses WHERE lead_id = lead.id ORDER BY ended_at DESC, id DESC LIMIT $2) AS analysis
        """;

    /// <summary>The requests to end all contact, or to resume it, from the ledger of consent. Parameter: the ids of the leads.</summary>
    public const string OptOutsSql = """
        SELECT lead_id, source_key, said_at, change = 'opt_out' FROM consent_entries
        WHERE lead_id = ANY ($1) AND scope = 'all' AND said_by <> 'staff'
        """;

    /// <summary>The open action items, each with its turn and the answer to it. Parameter: the ids of the leads.</summary>
    public const string ActionItemsSql = """
        SELECT item.lead_id, item.text, item.owner, coalesce(text.received_at, analysis.ended_at), greatest(item.due_at, item.snoozed_until),
            coalesce(item.message_sid, analysis.subject), item.turn, coalesce(text.body, said.words, '')
        FROM action_items AS item
        JOIN conversation_analyses AS analysis ON analysis.id = item.analysis_id
        LEFT JOIN messages AS text ON text.message_sid = item.message_sid
        LEFT JOIN LATERAL (
            SELECT string_agg(message, ' ' ORDER BY position) AS words FROM conversation_turns
            WHERE analysis.kind = 'call' AND conversation_id = analysis.subject AND position BETWEEN item.turn AND item.turn + 1) AS said ON true
        WHERE item.lead_id = ANY ($1) AND item.state = 'open'
        """;

    // A callback and the action item that it makes stand in the same turn or in the agent's next one.
    private const int MaxTurnsApart = 2;

    private readonly List<(string Subject, TurnSignal Signal)> _signals = [];
    private readonly List<LeadSignal> _stops = [];
    private readonly List<(Commitment Commitment, int Turn)> _commitments = [];
    private readonly List<SentimentFact> _sentiments = [];

    /// <summary>What the lead wants, in no order.</summary>
    public IEnumerable<LeadSignal> Signals => _signals.Select(Describe).OfType<LeadSignal>().Concat(_stops);

    /// <summary>What somebody agreed to do and has neither done nor withdrawn, oldest first.</summary>
    public IReadOnlyList<Commitment> Commitments => [.. _commitments.Select(item => item.Commitment).OrderBy(item => item.MadeAt)];

    /// <summary>What the lead felt in each conversation, oldest first.</summary>
    public IReadOnlyList<SentimentFact> Sentiments => [.. _sentiments.OrderBy(sentiment => sentiment.At)];

    /// <summary>Adds a row of <see cref="AnalysesSql"/>.</summary>
    public void AddAnalysis(NpgsqlDataReader row)
    {
        var subject = row.GetString(1);
        _sentiments.Add(new SentimentFact(row.GetFieldValue<DateTimeOffset>(2), row.GetDouble(3), subject));
        var signals = JsonSerializer.Deserialize<List<TurnSignal>>(row.GetString(4), AnalysisJson.Options) ?? [];
        _signals.AddRange(signals.Select(signal => (subject, signal)));
    }

    /// <summary>Adds a row of <see cref="OptOutsSql"/>.</summary>
    public void AddOptOut(NpgsqlDataReader row)
    {
        var (kind, detail) = row.GetBoolean(3)
            ? (SignalKind.StopRequest, "The lead asked to end all contact.")
            : (SignalKind.ResumeRequest, "The lead asked to resume contact.");
        _stops.Add(new LeadSignal(kind, row.GetFieldValue<DateTimeOffset>(2), detail, null, row.GetString(1)));
    }

    /// <summary>Adds a row of <see cref="ActionItemsSql"/>.</summary>
    public void AddActionItem(NpgsqlDataReader row) => _commitments.Add((
        new Commitment(
            row.GetString(1), row.GetString(2) == "staff", row.GetFieldValue<DateTimeOffset>(3), row.GetTimeOrNull(4), row.GetString(5), row.GetString(7)),
        row.GetInt32(6)));

    // Requests to end contact come from the ledger of consent, because they outlive a newer analysis.
    private LeadSignal? Describe((string Subject, TurnSignal Signal) item)
    {
        var (subject, signal) = item;
        var reference = signal.MessageSid ?? subject;
        SignalKind? kind = signal.Name switch
        {
            Intent.WantsPerson => SignalKind.WantsPerson,
            Intent.BuyingSignal => SignalKind.BuyingSignal,
            Intent.Objection => SignalKind.Objection,
            Intent.CallbackRequest => SignalKind.CallbackRequest,
            Intent.WrongNumber => SignalKind.WrongNumber,
            Intent.AlreadyBought => SignalKind.AlreadyBought,
            _ => null,
        };
        var detail = signal.Objection is { } objection ? NameOf(objection) : $"\"{signal.Words}\"";
        return kind is { } known
            ? new LeadSignal(known, signal.At, detail, known == SignalKind.CallbackRequest ? FindDueTime(subject, signal) : null, reference)
            : null;
    }

    private DateTimeOffset? FindDueTime(string subject, TurnSignal request) => _commitments
        .Where(item => item.Commitment.IsOurs && item.Commitment.Reference == (request.MessageSid ?? subject)
            && Math.Abs(item.Turn - request.Turn) <= MaxTurnsApart)
        .Select(item => item.Commitment.DueAt)
        .FirstOrDefault(due => due is not null);

    private static string NameOf(ObjectionKind kind) => kind.ToString().ToLowerInvariant();
}
