using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>The time and the revision of the stored analysis of a conversation.</summary>
internal sealed record StoredAnalysis(DateTimeOffset AnalysedAt, int Revision);

/// <summary>Stores finished conversations and their transcripts.</summary>
internal sealed class ConversationStore(TimeProvider time)
{
    // No call is longer.
    private const double MaxSeconds = 24 * 60 * 60;

    private const string FindSql = "SELECT analysed_at, revision FROM conversations WHERE conversation_id = $1 FOR UPDATE";

    // The three tables contain finished conversations, live conversations, and calls that the agent is about to take.
    private const string FindLeadSql = """
        SELECT lead_id FROM conversations WHERE conversation_id = $1
        UNION ALL
        SELECT lead_id FROM live_conversations WHERE conversation_id = $1 AND lead_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM initiation_sessions WHERE conversation_id = $1 AND lead_id IS NOT NULL
        LIMIT 1
        """;

    private const string FindLeadOfCallSql = """
        SELECT lead_id FROM conversations WHERE call_sid = $1
        UNION ALL
        SELECT lead_id FROM live_conversations WHERE call_sid = $1 AND lead_id IS NOT NULL
        LIMIT 1
        """;

    private const string FindResultSql = """
        SELECT call_sid, status, call_result, termination_reason,
            EXISTS (SELECT FROM conversation_turns AS turn
                WHERE turn.conversation_id = conversations.conversation_id AND role = 'user' AND message IS NOT NULL)
        FROM conversations WHERE conversation_id = $1
        """;

    // The newest analysis counts, in any order of arrival.
    private const string SaveSql = """
        INSERT INTO conversations (
            conversation_id, lead_id, matched_by, agent_id, call_sid, direction, external_number, status, call_result, started_at,
            duration_seconds, termination_reason, call_successful, title, summary, analysed_at, revision, created_at, updated_at,
            contradictions, delivery_id, words)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $19::jsonb, $20, search_words($21))
        ON CONFLICT (conversation_id) DO UPDATE SET
            lead_id = EXCLUDED.lead_id, matched_by = EXCLUDED.matched_by, agent_id = EXCLUDED.agent_id, call_sid = EXCLUDED.call_sid,
            direction = EXCLUDED.direction, external_number = EXCLUDED.external_number, status = EXCLUDED.status,
            call_result = EXCLUDED.call_result, started_at = EXCLUDED.started_at, duration_seconds = EXCLUDED.duration_seconds,
            termination_reason = EXCLUDED.termination_reason, call_successful = EXCLUDED.call_successful, title = EXCLUDED.title,
            summary = EXCLUDED.summary, analysed_at = EXCLUDED.analysed_at, revision = EXCLUDED.revision, updated_at = EXCLUDED.updated_at,
            contradictions = EXCLUDED.contradictions, delivery_id = EXCLUDED.delivery_id,
            words = coalesce(EXCLUDED.words, conversations.words)
        WHERE conversations.analysed_at < EXCLUDED.analysed_at
        """;

    private const string DeleteSurplusTurnsSql = "DELETE FROM conversation_turns WHERE conversation_id = $1 AND position >= $2";

    // An unchanged turn is not written again, so the number of affected rows shows whether the transcript has changed.
    private const string SaveTurnsSql = """
        INSERT INTO conversation_turns AS stored (
            conversation_id, position, role, message, offset_seconds, spoken_at, interrupted, lead_id, occurred_at)
        SELECT $1, turn.position, turn.role, turn.message, turn.offset_seconds, turn.spoken_at, turn.interrupted, $9, turn.occurred_at
        FROM unnest($2, $3, $4, $5, $6, $7, $8) AS turn (position, role, message, offset_seconds, spoken_at, interrupted, occurred_at)
        ON CONFLICT (conversation_id, position) DO UPDATE SET
            role = EXCLUDED.role, message = EXCLUDED.message, offset_seconds = EXCLUDED.offset_seconds,
            spoken_at = EXCLUDED.spoken_at, interrupted = EXCLUDED.interrupted, occurred_at = EXCLUDED.occurred_at
        WHERE (stored.role, stored.message, stored.offset_seconds, stored.spoken_at, stored.interrupted)
            IS DISTINCT FROM (EXCLUDED.role, EXCLUDED.message, EXCLUDED.offset_seconds, EXCLUDED.spoken_at, EXCLUDED.interrupted)
        """;

    /// <summary>Finds the stored analysis of a conversation, and locks its row until the unit of work ends.</summary>
    public static async Task<StoredAnalysis?> FindAsync(UnitOfWork work, string conversationId, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindSql);
        command.Parameters.AddText(conversationId);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new StoredAnalysis(row.GetFieldValue<DateTimeOffset>(0), row.GetInt32(1))
            : null;
    }

    /// <summary>Finds the lead of a conversation. Returns null if the lead is not known.</summary>
    public static Task<LeadId?> FindLeadAsync(UnitOfWork work, string? conversationId, CancellationToken cancellationToken) =>
        FindLeadAsync(work, FindLeadSql, conversationId, cancellationToken);

    /// <summary>Finds the lead of the conversation on a telephone call. Returns null if the lead is not known.</summary>
    public static Task<LeadId?> FindLeadOfCallAsync(UnitOfWork work, string? callSid, CancellationToken cancellationToken) =>
        FindLeadAsync(work, FindLeadOfCallSql, callSid, cancellationToken);

    /// <summary>Finds the call and the result of a finished conversation. Each is null if it is not known.</summary>
    public static async Task<(string? CallSid, CallResult? Result)> FindResultAsync(
        UnitOfWork work,
        string conversationId,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindResultSql);
        command.Parameters.AddText(conversationId);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? (row.GetTextOrNull(0),
                ConversationResults.Of(row.GetTextOrNull(1), row.GetTextOrNull(2), row.GetTextOrNull(3), row.GetBoolean(4)))
            : (null, null);
    }

    /// <summary>Stores a conversation. Replaces an earlier analysis of the same conversation.</summary>
    /// <returns>Whether the conversation has a transcript that is new or has changed.</returns>
    /// <exception cref="InvalidOperationException">Another transaction has just stored a newer analysis. A retry finds that analysis.</exception>
    public async Task<bool> SaveAsync(UnitOfWork work, Conversation conversation, CancellationToken cancellationToken)
    {
        await SaveConversationAsync(work, conversation, cancellationToken);
        return conversation.Turns is { } turns && await SaveTurnsAsync(work, conversation, turns, cancellationToken);
    }

    private async Task SaveConversationAsync(UnitOfWork work, Conversation conversation, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddText(conversation.ConversationId);
        command.Parameters.AddUuid(conversation.Lead.Value);
        command.Parameters.AddText(conversation.Path.MatchedBy);
        command.Parameters.AddText(conversation.AgentId);
        command.Parameters.AddText(conversation.CallSid);
        command.Parameters.AddText(conversation.Direction);
        command.Parameters.AddText(conversation.ExternalNumber);
        command.Parameters.AddText(conversation.Status);
        command.Parameters.AddText(conversation.CallResult);
        command.Parameters.AddTimestamp(conversation.StartedAt);
        command.Parameters.AddDouble(conversation.DurationSeconds);
        command.Parameters.AddText(conversation.TerminationReason);
        command.Parameters.AddText(conversation.CallSuccessful);
        command.Parameters.AddText(conversation.Title);
        command.Parameters.AddText(conversation.Summary);
        command.Parameters.AddTimestamp(conversation.AnalysedAt);
        command.Parameters.AddInteger(conversation.Revision);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(conversation.Path.ContradictionsJson);
        command.Parameters.AddBigint(work.DeliveryId);
        command.Parameters.AddText(conversation.Turns is { } turns ? string.Join(' ', turns.Select(turn => turn.Message)) : null);
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            throw new InvalidOperationException("A newer analysis of this conversation was stored at the same moment.");
        }
    }

    private static async Task<bool> SaveTurnsAsync(
        UnitOfWork work,
        Conversation conversation,
        IReadOnlyList<ConversationTurn> turns,
        CancellationToken cancellationToken)
    {
        await using var delete = work.CreateCommand(DeleteSurplusTurnsSql);
        delete.Parameters.AddText(conversation.ConversationId);
        delete.Parameters.AddInteger(turns.Count);
        var changedRows = await delete.ExecuteNonQueryAsync(cancellationToken);

        await using var save = work.CreateCommand(SaveTurnsSql);
        save.Parameters.AddText(conversation.ConversationId);
        save.Parameters.AddArray(turns.Select(turn => turn.Position).ToArray(), NpgsqlDbType.Integer);
        save.Parameters.AddArray(turns.Select(turn => turn.Role).ToArray(), NpgsqlDbType.Text);
        save.Parameters.AddArray(turns.Select(turn => turn.Message).ToArray(), NpgsqlDbType.Text);
        save.Parameters.AddArray(turns.Select(turn => turn.OffsetSeconds).ToArray(), NpgsqlDbType.Double);
        save.Parameters.AddArray(turns.Select(turn => turn.SpokenAt?.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz);
        save.Parameters.AddArray(turns.Select(turn => turn.Interrupted).ToArray(), NpgsqlDbType.Boolean);
        save.Parameters.AddArray(turns.Select(turn => FindTime(conversation, turn).UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz);
        save.Parameters.AddUuid(conversation.Lead.Value);
        changedRows += await save.ExecuteNonQueryAsync(cancellationToken);
        return changedRows > 0;
    }

    // Without a start of the call, the transcript was made right after the end.
    private static DateTimeOffset FindTime(Conversation conversation, ConversationTurn turn) =>
        turn.SpokenAt ?? conversation.AnalysedAt.AddSeconds(Math.Clamp(
            turn.OffsetSeconds - (conversation.DurationSeconds ?? conversation.Turns?.Max(other => other.OffsetSeconds) ?? 0), -MaxSeconds, 0));

    private static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string sql, string? id, CancellationToken cancellationToken)
    {
        if (id is null)
        {
            return null;
        }

        await using var command = work.CreateCommand(sql);
        command.Parameters.AddText(id);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
    }
}
