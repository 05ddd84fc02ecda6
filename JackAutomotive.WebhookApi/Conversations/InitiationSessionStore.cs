using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>An inbound call that the agent is about to take.</summary>
/// <param name="CallSid">Twilio's id of the call.</param>
/// <param name="ConversationId">The provider's id of the conversation; the provider does not always send this id.</param>
/// <param name="AgentId">The id of the voice agent.</param>
/// <param name="Caller">The caller's number as received. This value can be a placeholder for a withheld number, or any other text.</param>
/// <param name="CalledNumber">Our number, which the caller dialled.</param>
internal sealed record InitiatedCall(string CallSid, string? ConversationId, string? AgentId, string? Caller, string? CalledNumber);

/// <summary>Stores the initiation session of each inbound call: who calls, and the briefing that the agent received.</summary>
internal sealed class InitiationSessionStore(NpgsqlDataSource database, TimeProvider time)
{
    // The first answer counts, so a repeated request for the same call gets the same answer.
    private const string StoreAnswerSql = """
        INSERT INTO initiation_sessions AS session (
            call_sid, conversation_id, agent_id, caller, called_number, created_at, answer)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (call_sid) DO UPDATE SET answer = coalesce(session.answer, EXCLUDED.answer)
        RETURNING answer
        """;

    private const string BeginSql = """
        INSERT INTO initiation_sessions AS session (
            call_sid, conversation_id, agent_id, caller, called_number, created_at, delivery_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (call_sid) DO UPDATE SET
            conversation_id = coalesce(session.conversation_id, EXCLUDED.conversation_id),
            delivery_id = coalesce(session.delivery_id, EXCLUDED.delivery_id)
        RETURNING announced
        """;

    private const string AssignLeadSql = """
        UPDATE initiation_sessions SET lead_id = $2 WHERE call_sid = $1 AND lead_id IS NULL
        RETURNING announced, conversation_id, created_at
        """;

    private const string SetAnnouncedSql = "UPDATE initiation_sessions SET announced = true WHERE call_sid = $1";

    private const string IsAnnouncedSql = """
        SELECT EXISTS (SELECT FROM initiation_sessions WHERE call_sid = $2 AND announced)
            OR EXISTS (SELECT FROM initiation_sessions WHERE conversation_id = $1 AND announced)
        """;

    // The counterpart of IsAnnouncedSql: whether the live reports have already announced the start of the conversation on this call.
    private const string IsStartAnnouncedSql = """
        SELECT EXISTS (
            SELECT FROM live_conversations JOIN live_reports USING (conversation_id)
            WHERE (call_sid = $2 OR conversation_id = $1) AND kind = 'conversation_started' AND announced)
        """;

    /// <summary>Stores the answer for a call. Does not replace a stored answer.</summary>
    /// <returns>The answer that counts: the answer that was already stored, or else <paramref name="answer"/>.</returns>
    public async Task<string> StoreAnswerAsync(InitiatedCall call, string answer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(StoreAnswerSql);
        AddCall(command, call);
        command.Parameters.AddText(answer);
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Stores a call, or adds a missing conversation id to the stored call.</summary>
    /// <returns>Whether the call has already been announced to its lead's watchers.</returns>
    public async Task<bool> BeginAsync(UnitOfWork work, InitiatedCall call, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(BeginSql);
        AddCall(command, call);
        command.Parameters.AddBigint(work.DeliveryId);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!
            || await ReadBooleanAsync(work, IsStartAnnouncedSql, call.ConversationId, call.CallSid, cancellationToken);
    }

    /// <summary>Assigns a call without a lead to the lead, and announces the call if it is not announced yet.</summary>
    public static async Task AssignLeadAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        if (callSid is null || await TryAssignLeadAsync(work, callSid, lead, cancellationToken) is not { } unannounced)
        {
            return;
        }

        if (!await ReadBooleanAsync(work, IsStartAnnouncedSql, unannounced.ConversationId, callSid, cancellationToken))
        {
            await AnnounceAsync(work, lead, callSid, unannounced.ConversationId, unannounced.At, cancellationToken);
        }
    }

    /// <summary>Raises the event that announces the call to the lead's watchers, and records that the call is announced.</summary>
    public static async Task AnnounceAsync(
        UnitOfWork work,
        LeadId lead,
        string callSid,
        string? conversationId,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        work.Raise(lead, LeadEventTypes.CallInitiated, at, new { ConversationId = conversationId, CallSid = callSid, Direction = "inbound" });
        await SetAnnouncedAsync(work, callSid, cancellationToken);
    }

    /// <summary>Whether the initiation session has already announced this conversation to the lead's watchers.</summary>
    public static Task<bool> IsAnnouncedAsync(
        UnitOfWork work,
        string conversationId,
        string? callSid,
        CancellationToken cancellationToken) =>
        ReadBooleanAsync(work, IsAnnouncedSql, conversationId, callSid, cancellationToken);

    // Returns the call if this lead was assigned now and the call is not announced yet; otherwise null.
    private static async Task<(string? ConversationId, DateTimeOffset At)?> TryAssignLeadAsync(
        UnitOfWork work,
        string callSid,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AssignLeadSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddUuid(lead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && !row.GetBoolean(0)
            ? (row.GetTextOrNull(1), row.GetFieldValue<DateTimeOffset>(2))
            : null;
    }

    private static async Task SetAnnouncedAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SetAnnouncedSql);
        command.Parameters.AddText(callSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> ReadBooleanAsync(
        UnitOfWork work,
        string sql,
        string? conversationId,
        string? callSid,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddText(callSid);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private void AddCall(NpgsqlCommand command, InitiatedCall call)
    {
        command.Parameters.AddText(call.CallSid);
        command.Parameters.AddText(call.ConversationId);
        command.Parameters.AddText(call.AgentId);
        command.Parameters.AddText(call.Caller);
        command.Parameters.AddText(call.CalledNumber);
        command.Parameters.AddTimestamp(time.GetUtcNow());
    }
}
