using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>Reads the facts of leads from what is stored, in one round trip for any number of leads.</summary>
internal static class LeadFactsReader
{
    private const int MaxTexts = 200;
    private const int MaxCalls = 50;

    private const int MaxAnalyses = 30;

    // A name or a short code cannot receive an answer.
    private const string LeadsSql = """
        SELECT id, created_at, last_seq,
            phone IS NOT NULL OR EXISTS (SELECT FROM lead_addresses WHERE lead_id = leads.id AND kind <> 'sender')
        FROM leads WHERE id = ANY($1)
        """;

    private const string LockedLeadsSql = LeadsSql + " ORDER BY id FOR NO KEY UPDATE";

    private const string UnlockedLeadsSql = LockedLeadsSql + " SKIP LOCKED";

    private const string StatusesSql = """
        SELECT lead_id, status, changed_at, changed_by, person, reason, appointment_at, no_shows, no_show_at
        FROM lead_statuses WHERE lead_id = ANY($1)
        """;

    private const string TextsSql = """
        SELECT text.lead_id, text.direction = 'inbound', text.received_at, text.message_sid,
            (SELECT status FROM message_states WHERE message_states.message_sid = text.message_sid) IN ('failed', 'undelivered')
        FROM unnest($1) AS lead (id)
        CROSS JOIN LATERAL (SELECT * FROM messages WHERE lead_id = lead.id ORDER BY received_at DESC, id DESC LIMIT $2) AS text
        """;

    private const string ProfilesSql = "SELECT lead_id, field, value FROM lead_profile_fields WHERE lead_id = ANY($1)";

    private const string DocumentsSql = "SELECT lead_id, kind, state, note, person, changed_at FROM lead_documents WHERE lead_id = ANY($1)";

    private const string ScoresSql = """
        SELECT lead_id, score, formula, funding, computed_at, due_at, priority_at, action_at, announced, noticed_seq, cause_delivery_id
        FROM lead_scores WHERE lead_id = ANY($1)
        """;

    // A call without a status has only been announced. A leg of a lead's call, such as the one to our staff, is no call of its own.
    private const string CallsSql = """
        SELECT call.lead_id, call.call_sid, coalesce(call.answered_at, call.ringing_at, call.created_at), call.direction, call.status,
            call.talk_seconds, call.answered_by
        FROM unnest($1) AS lead (id)
        CROSS JOIN LATERAL (
            SELECT * FROM calls AS own WHERE lead_id = lead.id AND status IS NOT NULL AND NOT EXISTS (
                SELECT FROM calls AS parent WHERE parent.call_sid = own.parent_call_sid AND parent.lead_id = own.lead_id)
            ORDER BY created_at DESC LIMIT $2) AS call
        """;

    private const string TalksSql = """
        SELECT talk.lead_id, talk.conversation_id, talk.call_sid, coalesce(talk.started_at, talk.analysed_at), talk.direction,
            talk.call_result, talk.duration_seconds,
            EXISTS (
                SELECT FROM conversation_turns AS turn
                WHERE turn.conversation_id = talk.conversation_id AND turn.role = 'user' AND turn.message <> '')
        FROM unnest($1) AS lead (id)
        CROSS JOIN LATERAL (SELECT * FROM conversations WHERE lead_id = lead.id ORDER BY created_at DESC LIMIT $2) AS talk
        """;

    private const string FailuresSql = """
        SELECT failure.lead_id, failure.conversation_id, failure.call_sid, failure.failed_at
        FROM unnest($1) AS lead (id)
        CROSS JOIN LATERAL (SELECT * FROM call_failures WHERE lead_id = lead.id ORDER BY failed_at DESC LIMIT $2) AS failure
        """;

    /// <summary>Locks the lead's row and reads its facts. Returns null if there is no such lead.</summary>
    public static async Task<StoredLead?> ReadForUpdateAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var batch = work.CreateBatch();
        AddCommands(batch, LockedLeadsSql, [lead.Value]);
        return (await ReadAsync(batch, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Locks the rows of leads and reads their facts. Leaves out leads that do not exist, and those that are locked already.</summary>
    public static async Task<IReadOnlyList<StoredLead>> ReadUnlockedForUpdateAsync(
        UnitOfWork work,
        IReadOnlyList<LeadId> leads,
        CancellationToken cancellationToken)
    {
        await using var batch = work.CreateBatch();
        AddCommands(batch, UnlockedLeadsSql, [.. leads.Select(lead => lead.Value)]);

        // The batch runs all the time. A connection that has prepared it once does not parse and plan it again.
        await batch.PrepareAsync(cancellationToken);
        return await ReadAsync(batch, cancellationToken);
    }

    /// <summary>Reads the facts of leads. A lead that does not exist is left out.</summary>
    public static async Task<IReadOnlyList<StoredLead>> ReadAsync(
        NpgsqlDataSource database,
        IReadOnlyList<LeadId> leads,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        AddCommands(batch, LeadsSql, [.. leads.Select(lead => lead.Value)]);
        return await ReadAsync(batch, cancellationToken);
    }

    private static void AddCommands(NpgsqlBatch batch, string leadsSql, Guid[] leads)
    {
        AddCommand(batch, leadsSql, leads);
        AddCommand(batch, StatusesSql, leads);
        AddCommand(batch, TextsSql, leads, MaxTexts);
        AddCommand(batch, CallsSql, leads, MaxCalls);
        AddCommand(batch, TalksSql, leads, MaxCalls);
        AddCommand(batch, FailuresSql, leads, MaxCalls);
        AddCommand(batch, ProfilesSql, leads);
        AddCommand(batch, DocumentsSql, leads);
        AddCommand(batch, ScoresSql, leads);
        AddCommand(batch, AnalysisFacts.AnalysesSql, leads, MaxAnalyses);
        AddCommand(batch, AnalysisFacts.OptOutsSql, leads);
        AddCommand(batch, AnalysisFacts.ActionItemsSql, leads);
    }

    private static async Task<List<StoredLead>> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var found = new List<Rows>();
        while (await row.ReadAsync(cancellationToken))
        {
            found.Add(new Rows(new LeadId(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1), row.GetInt64(2), row.GetBoolean(3)));
        }

        var byId = found.ToDictionary(rows => rows.Lead.Value);
        await ForEachAsync(row, byId, rows => rows.Status = ReadStatus(row), cancellationToken);
        await ForEachAsync(row, byId, rows => AddText(rows, row), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Calls.Add(ReadCall(row)), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Talks.Add(ReadTalk(row)), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Failures.Add(ReadFailure(row)), cancellationToken);
        await ForEachAsync(row, byId, rows => AddProfileValue(rows, row), cancellationToken);
        await ForEachAsync(row, byId, rows => AddDocument(rows, row), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Score = ScoreStore.ReadScore(row), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Analysis.AddAnalysis(row), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Analysis.AddOptOut(row), cancellationToken);
        await ForEachAsync(row, byId, rows => rows.Analysis.AddActionItem(row), cancellationToken);
        return [.. found.Select(rows => rows.ToLead())];
    }

    private static void AddCommand(NpgsqlBatch batch, string sql, Guid[] leads, params int[] limits)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddArray(leads, NpgsqlDbType.Uuid);
        foreach (var limit in limits)
        {
            command.Parameters.AddInteger(limit);
        }

        batch.BatchCommands.Add(command);
    }

    private static async Task ForEachAsync(
        NpgsqlDataReader row,
        Dictionary<Guid, Rows> leads,
        Action<Rows> add,
        CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            if (leads.TryGetValue(row.GetGuid(0), out var rows))
            {
                add(rows);
            }
        }
    }

    private static StoredStatus ReadStatus(NpgsqlDataReader row) => new(
        LeadStatuses.Parse(row.GetString(1)),
        row.GetFieldValue<DateTimeOffset>(2),
        row.GetString(3),
        row.GetTextOrNull(4),
        row.GetTextOrNull(5),
        row.GetTimeOrNull(6),
        row.GetInt32(7),
        row.GetTimeOrNull(8));

    private static void AddText(Rows rows, NpgsqlDataReader row)
    {
        var (isInbound, at, sid) = (row.GetBoolean(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3));
        var hasFailed = !row.IsDBNull(4) && row.GetBoolean(4);
        rows.Contacts.Add(new Contact(
            false, isInbound, at, hasFailed ? ContactOutcome.NotReached : ContactOutcome.Reached, 0, isInbound, sid));
    }

    private static StoredCall ReadCall(NpgsqlDataReader row) => new(
        row.GetString(1),
        row.GetFieldValue<DateTimeOffset>(2),
        row.GetTextOrNull(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetDouble(5),
        row.GetTextOrNull(6));

    private static StoredTalk ReadTalk(NpgsqlDataReader row) => new(
        row.GetString(1),
        row.GetTextOrNull(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetTextOrNull(4),
        row.GetTextOrNull(5),
        row.IsDBNull(6) ? null : row.GetDouble(6),
        row.GetBoolean(7));

    private static StoredFailure ReadFailure(NpgsqlDataReader row) =>
        new(row.GetString(1), row.GetTextOrNull(2), row.GetFieldValue<DateTimeOffset>(3));

    private static void AddProfileValue(Rows rows, NpgsqlDataReader row)
    {
        if (ProfileFields.Find(row.GetString(1)) is { } field && ProfileStore.ReadValue(field, row.GetString(2)) is { } value)
        {
            rows.Profile[field] = value;
        }
    }

    private static void AddDocument(Rows rows, NpgsqlDataReader row)
    {
        if (DocumentKinds.Find(row.GetString(1)) is { } kind)
        {
            rows.Documents[kind] = new StoredDocument(
                DocumentStates.Parse(row.GetString(2)), row.GetTextOrNull(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5));
        }
    }

    // The rows of one lead while they are read.
    private sealed class Rows(LeadId lead, DateTimeOffset createdAt, long lastSeq, bool isReachable)
    {
        public LeadId Lead => lead;

        public StoredStatus? Status { get; set; }

        public StoredScore? Score { get; set; }

        public AnalysisFacts Analysis { get; } = new();

        public List<Contact> Contacts { get; } = [];

        public List<StoredCall> Calls { get; } = [];

        public List<StoredTalk> Talks { get; } = [];

        public List<StoredFailure> Failures { get; } = [];

        public Dictionary<ProfileField, ProfileValue> Profile { get; } = [];

        public Dictionary<DocumentKind, StoredDocument> Documents { get; } = [];

        public StoredLead ToLead()
        {
            var facts = new LeadFacts(
                lead,
                createdAt,
                isReachable,
                Status ?? StoredStatus.New(createdAt),
                [.. Contacts.Concat(CallContacts.Join(Calls, Talks, Failures)).OrderBy(contact => contact.At).ThenBy(contact => contact.Reference)],
                Profile,
                Documents,
                [.. Analysis.Signals.OrderBy(signal => signal.At)],
                Analysis.Commitments,
                Analysis.Sentiments);
            return new StoredLead(facts, Score, lastSeq);
        }
    }
}

/// <summary>The facts of a lead, and what was computed from them last.</summary>
/// <param name="Facts">The facts.</param>
/// <param name="Score">The stored score; null before the first computation.</param>
/// <param name="LastSeq">The newest seq of the lead's log.</param>
internal sealed record StoredLead(LeadFacts Facts, StoredScore? Score, long LastSeq)
{
    /// <summary>Returns the lead with a document as staff have just recorded it.</summary>
    public StoredLead With(DocumentKind kind, StoredDocument document) =>
        this with { Facts = Facts with { Documents = new Dictionary<DocumentKind, StoredDocument>(Facts.Documents) { [kind] = document } } };
}
