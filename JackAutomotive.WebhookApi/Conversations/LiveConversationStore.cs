using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>What is known of a conversation besides what was said.</summary>
/// <param name="ConversationId">The provider's id.</param>
/// <param name="Lead">With whom, if that is known.</param>
/// <param name="CallSid">The telephone call, if that is known.</param>
/// <param name="ExternalNumber">The customer's number as the provider wrote it.</param>
/// <param name="AgentId">The voice agent.</param>
internal sealed record LiveParties(
    string ConversationId,
    LeadId? Lead = null,
    string? CallSid = null,
    string? ExternalNumber = null,
    string? AgentId = null);

/// <summary>Conversations while they are held: everything that was told of one, and the state that follows.</summary>
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

    private const string LockOpenSql = """
        SELECT conversation_id, lead_id, call_sid, external_number, agent_id FROM live_conversations
        WHERE status = 'live' AND created_at <= $1
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        """;

    // A report that is told again says nothing new, but for the transcript: of its analyses the newest counts, here as elsewhere.
    private const string AddSql = """
        INSERT INTO live_reports AS told (
            conversation_id, report_key, kind, occurred_at, event_id, number, words, original_words, seconds, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (conversation_id, report_key) DO UPDATE SET occurred_at = EXCLUDED.occurred_at
        WHERE told.kind = 'transcribed' AND told.occurred_at < EXCLUDED.occurred_at
        """;

    private const string ToldSql = """
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

    private const string GiveSql = "UPDATE live_conversations SET lead_id = $2 WHERE conversation_id = $1";

    private const string AnnouncedSql = "UPDATE live_reports SET announced = true WHERE conversation_id = $1 AND NOT announced";

    /// <summary>Stores that there is such a conversation; what is known of it already stays. Locks it until the work ends.</summary>
    public async Task<LiveParties> BeginAsync(UnitOfWork work, LiveParties parties, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(BeginSql);
        command.Parameters.AddText(parties.ConversationId);
        command.Parameters.AddText(parties.CallSid);
        command.Parameters.AddText(parties.ExternalNumber);
        command.Parameters.AddText(parties.AgentId);
        command.Parameters.AddTime(time.GetUtcNow());
        return (await ReadPartiesAsync(command, cancellationToken)).Single();
    }

    /// <summary>The conversation with this id, and those that were held on this call. Locks them until the work ends.</summary>
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

    /// <summary>A conversation that has been live since before <paramref name="before"/>; null if there is none that is free.</summary>
    public static async Task<LiveParties?> LockOpenAsync(UnitOfWork work, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockOpenSql);
        command.Parameters.AddTime(before);
        return (await ReadPartiesAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Adds a report to a conversation's history.</summary>
    public static async Task AddAsync(
        UnitOfWork work,
        string conversationId,
        LiveReport report,
        DateTimeOffset toldAt,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(report.Key);
        command.Parameters.AddText(report.Kind);
        command.Parameters.AddTime(report.At);
        command.Parameters.AddText(report.EventId);
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = report.Number, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.AddText(report.Text);
        command.Parameters.AddText(report.Original);
        command.Parameters.AddDouble(report.Seconds);
        command.Parameters.AddTime(toldAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Everything that was told of some conversations, and whether the lead's watchers were told of it.</summary>
    public static async Task<ILookup<string, (LiveReport Report, bool Announced)>> ReadAsync(
        NpgsqlCommand command,
        IReadOnlyCollection<string> conversationIds,
        CancellationToken cancellationToken)
    {
        command.CommandText = ToldSql;
        command.Parameters.AddArray(conversationIds.ToArray(), NpgsqlDbType.Text);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var told = new List<(string ConversationId, LiveReport Report, bool Announced)>();
        while (await row.ReadAsync(cancellationToken))
        {
            told.Add((row.GetString(0), new LiveReport(
                row.GetString(1),
                row.GetString(2),
                row.GetFieldValue<DateTimeOffset>(3),
                row.TextOrNull(4),
                row.IsDBNull(5) ? null : row.GetInt64(5),
                row.TextOrNull(6),
                row.TextOrNull(7),
                row.IsDBNull(8) ? null : row.GetDouble(8)), row.GetBoolean(9)));
        }

        return told.ToLookup(one => one.ConversationId, one => (one.Report, one.Announced));
    }

    /// <summary>Stores how a conversation stands.</summary>
    public async Task SaveAsync(UnitOfWork work, string conversationId, LiveState state, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(state.Status);
        command.Parameters.AddTime(state.StartedAt);
        command.Parameters.AddTime(state.EndedAt);
        command.Parameters.AddText(state.EndReason);
        command.Parameters.AddInteger(state.Interruptions.Count);
        command.Parameters.AddDouble(state.SilenceSeconds);
        command.Parameters.AddDouble(state.TalkRatio);
        command.Parameters.AddTime(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Says with whom a conversation is held.</summary>
    public static async Task GiveAsync(UnitOfWork work, string conversationId, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(GiveSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddUuid(lead.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notes that the lead's watchers were told of everything.</summary>
    public static async Task SetAnnouncedAsync(UnitOfWork work, string conversationId, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AnnouncedSql);
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
                row.GetString(0), row.IsDBNull(1) ? null : new LeadId(row.GetGuid(1)), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4)));
        }

        return found;
    }
}
