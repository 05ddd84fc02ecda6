using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>What identifies a live conversation: its id, call, number, agent and, if known, its lead.</summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="Lead">The lead, or null if the lead is not known.</param>
/// <param name="CallSid">The CallSid of the telephone call, or null if it is not known.</param>
/// <param name="ExternalNumber">The lead's phone number in the provider's spelling.</param>
/// <param name="AgentId">The id of the voice agent.</param>
internal sealed record LiveParties(
    string ConversationId,
    LeadId? Lead = null,
    string? CallSid = null,
    string? ExternalNumber = null,
    string? AgentId = null);

/// <summary>Stores live conversations: the reports of each conversation, and the state that follows from them.</summary>
internal sealed class LiveConversationStore(TimeProvider time)
{
    private const string BeginSql = """
        INSERT INTO live_conversations AS known (conversation_id, call_sid, external_number, agent_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (conversation_id) DO UPDATE SET
            call_sid = coalesce(known.call_sid, EXCLUDED.call_sid),
            external_number = coalesce(known.external_number, EXCLUDED.external_number),
            agent_id = coalesce(known.agent_id, EXCLUDED.agent_id)
        RETURNING conversation_id, lead_id, call_sid, external_number, agent_id
        """;

    private const string LockSql = """
        SELECT conversation_id, lead_id, call_sid, external_number, agent_id FROM live_conversations
        WHERE conversation_id = $1 OR call_sid = $2
        ORDER BY conversation_id FOR UPDATE
        """;

    private const string LockOverdueSql = """
        SELECT conversation_id, lead_id, call_sid, external_number, agent_id FROM live_conversations
        WHERE status = 'live' AND created_at <= $1
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        """;

    // A repeated report changes nothing. For a transcript the later time wins, because the provider may analyse a conversation again.
    private const string AddSql = """
        INSERT INTO live_reports AS stored (
            conversation_id, report_key, kind, occurred_at, event_id, number, words, original_words, seconds, told_at, delivery_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (conversation_id, report_key) DO UPDATE SET occurred_at = EXCLUDED.occurred_at
        WHERE stored.kind = 'transcribed' AND stored.occurred_at < EXCLUDED.occurred_at
        """;

    private const string ReportsSql = """
        SELECT conversation_id, report_key, kind, occurred_at, event_id, number, words, original_words, seconds, announced
        FROM live_reports WHERE conversation_id = ANY ($1)
        """;

    private const string SaveSql = """
        UPDATE live_conversations SET status = $2, started_at = $3, ended_at = $4, end_reason = $5, interruptions = $6,
            silence_seconds = $7, talk_ratio = $8, updated_at = $9
        WHERE conversation_id = $1
            AND (status, started_at, ended_at, end_reason, interruptions, silence_seconds, talk_ratio)
                IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8)
        """;

    private const string AssignLeadSql = """
        UPDATE live_conversations SET lead_id = $2, matched_by = $3, contradictions = $4::jsonb WHERE conversation_id = $1
        """;

    private const string SetAnnouncedSql = "UPDATE live_reports SET announced = true WHERE conversation_id = $1 AND NOT announced";

    /// <summary>Stores a conversation, or adds missing values to the stored one. Locks the row until the unit of work ends.</summary>
    public async Task<LiveParties> BeginAsync(UnitOfWork work, LiveParties parties, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(BeginSql);
        command.Parameters.AddText(parties.ConversationId);
        command.Parameters.AddText(parties.CallSid);
        command.Parameters.AddText(parties.ExternalNumber);
        command.Parameters.AddText(parties.AgentId);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return (await ReadPartiesAsync(command, cancellationToken)).Single();
    }

    /// <summary>Finds the conversation with this id and the conversations on this call. Locks their rows until the unit of work ends.</summary>
    public static async Task<IReadOnlyList<LiveParties>> LockAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(callSid);
        return await ReadPartiesAsync(command, cancellationToken);
    }

    /// <summary>
    /// Finds and locks a live conversation that was stored at <paramref name="cutoff"/> or earlier. Skips rows that another
    /// transaction has locked. Returns null if no row remains.
    /// </summary>
    public static async Task<LiveParties?> LockOverdueAsync(UnitOfWork work, DateTimeOffset cutoff, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockOverdueSql);
        command.Parameters.AddTimestamp(cutoff);
        return (await ReadPartiesAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Stores a report of a conversation.</summary>
    public static async Task AddAsync(
        UnitOfWork work,
        string conversationId,
        LiveReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(report.Key);
        command.Parameters.AddText(report.Kind);
        command.Parameters.AddTimestamp(report.At);
        command.Parameters.AddText(report.EventId);
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = report.Number, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.AddText(report.Text);
        command.Parameters.AddText(report.Original);
        command.Parameters.AddDouble(report.Seconds);
        command.Parameters.AddTimestamp(receivedAt);
        command.Parameters.AddBigint(work.DeliveryId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads all reports of these conversations, and whether each report has been announced to the lead's watchers.</summary>
    public static async Task<ILookup<string, (LiveReport Report, bool Announced)>> ReadAsync(
        NpgsqlCommand command,
        IReadOnlyCollection<string> conversationIds,
        CancellationToken cancellationToken)
    {
        command.CommandText = ReportsSql;
        command.Parameters.AddArray(conversationIds.ToArray(), NpgsqlDbType.Text);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var reports = new List<(string ConversationId, LiveReport Report, bool Announced)>();
        while (await row.ReadAsync(cancellationToken))
        {
            reports.Add((row.GetString(0), ReadReport(row), row.GetBoolean(9)));
        }

        return reports.ToLookup(entry => entry.ConversationId, entry => (entry.Report, entry.Announced));
    }

    /// <summary>Reads one report, whose columns follow that of the conversation's id.</summary>
    public static LiveReport ReadReport(NpgsqlDataReader row) => new(
        row.GetString(1),
        row.GetString(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetTextOrNull(4),
        row.IsDBNull(5) ? null : row.GetInt64(5),
        row.GetTextOrNull(6),
        row.GetTextOrNull(7),
        row.IsDBNull(8) ? null : row.GetDouble(8));

    /// <summary>Stores the state of a conversation.</summary>
    public async Task SaveAsync(UnitOfWork work, string conversationId, LiveState state, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(state.Status);
        command.Parameters.AddTimestamp(state.StartedAt);
        command.Parameters.AddTimestamp(state.EndedAt);
        command.Parameters.AddText(state.EndReason);
        command.Parameters.AddInteger(state.Interruptions.Count);
        command.Parameters.AddDouble(state.SilenceSeconds);
        command.Parameters.AddDouble(state.TalkRatio);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Assigns a conversation to a lead.</summary>
    public static async Task AssignLeadAsync(
        UnitOfWork work,
        string conversationId,
        LeadId lead,
        MatchPath path,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AssignLeadSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(path.MatchedBy);
        command.Parameters.AddText(path.ContradictionsJson);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Marks all reports of a conversation as announced to the lead's watchers.</summary>
    public static async Task SetAnnouncedAsync(UnitOfWork work, string conversationId, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SetAnnouncedSql);
        command.Parameters.AddText(conversationId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<LiveParties>> ReadPartiesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<LiveParties>();
        while (await row.ReadAsync(cancellationToken))
        {
            found.Add(new LiveParties(
                row.GetString(0),
                row.IsDBNull(1) ? null : new LeadId(row.GetGuid(1)),
                row.GetTextOrNull(2),
                row.GetTextOrNull(3),
                row.GetTextOrNull(4)));
        }

        return found;
    }
}
