using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Npgsql;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>An inbound call that the agent is about to take.</summary>
/// <param name="CallSid">Twilio's id.</param>
/// <param name="ConversationId">The provider's conversation, which it does not always tell.</param>
/// <param name="AgentId">The voice agent.</param>
/// <param name="Caller">The caller's number as it was sent; may be withheld, or none at all.</param>
/// <param name="CalledNumber">Ours.</param>
internal sealed record InitiatedCall(string CallSid, string? ConversationId, string? AgentId, string? Caller, string? CalledNumber);

/// <summary>Inbound calls of which the agent was told who calls: who, and what it was told.</summary>
internal sealed class InitiationSessionStore(NpgsqlDataSource database, TimeProvider time)
{
    // What was answered first stays: the same call is always told the same.
    private const string KeepAnswerSql = """
        INSERT INTO initiation_sessions AS session (
            call_sid, conversation_id, agent_id, caller, called_number, created_at, answer)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (call_sid) DO UPDATE SET answer = coalesce(session.answer, EXCLUDED.answer)
        RETURNING answer
        """;

    private const string BeginSql = """
        INSERT INTO initiation_sessions AS session (
            call_sid, conversation_id, agent_id, caller, called_number, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (call_sid) DO UPDATE SET conversation_id = coalesce(session.conversation_id, EXCLUDED.conversation_id)
        RETURNING announced
        """;

    private const string GiveSql = """
        UPDATE initiation_sessions SET lead_id = $2 WHERE call_sid = $1 AND lead_id IS NULL
        RETURNING announced, conversation_id, created_at
        """;

    private const string SetAnnouncedSql = "UPDATE initiation_sessions SET announced = true WHERE call_sid = $1";

    private const string IsAnnouncedSql = """
        SELECT EXISTS (SELECT FROM initiation_sessions WHERE call_sid = $2 AND announced)
            OR EXISTS (SELECT FROM initiation_sessions WHERE conversation_id = $1 AND announced)
        """;

    // The other way round: was the beginning of the conversation on this call announced?
    private const string IsStartAnnouncedSql = """
        SELECT EXISTS (
            SELECT FROM live_conversations JOIN live_reports USING (conversation_id)
            WHERE (call_sid = $2 OR conversation_id = $1) AND kind = 'conversation_started' AND announced)
        """;

    /// <summary>Stores the answer that a call is about to get.</summary>
    /// <returns>The answer that the call got before, if it got one, else <paramref name="answer"/>.</returns>
    public async Task<string> KeepAnswerAsync(InitiatedCall call, string answer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(KeepAnswerSql);
        AddCall(command, call);
        command.Parameters.AddText(answer);
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Stores that there is such a call.</summary>
    /// <returns>Whether its lead's watchers were told of it.</returns>
    public async Task<bool> BeginAsync(UnitOfWork work, InitiatedCall call, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(BeginSql);
        AddCall(command, call);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!
            || await AskAsync(work, IsStartAnnouncedSql, call.ConversationId, call.CallSid, cancellationToken);
    }

    /// <summary>Says who calls, unless that has been said; and tells the lead's watchers of the call, unless they were told.</summary>
    public static async Task GiveAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        if (callSid is null || await GiveUntoldAsync(work, callSid, lead, cancellationToken) is not { } untold)
        {
            return;
        }

        if (!await AskAsync(work, IsStartAnnouncedSql, untold.ConversationId, callSid, cancellationToken))
        {
            await AnnounceAsync(work, lead, callSid, untold.ConversationId, untold.At, cancellationToken);
        }
    }

    /// <summary>Tells the lead's watchers of the call, and notes that they were told.</summary>
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

    /// <summary>Whether the lead's watchers were told, when the telephone rang, that this conversation begins.</summary>
    public static Task<bool> IsAnnouncedAsync(
        UnitOfWork work,
        string conversationId,
        string? callSid,
        CancellationToken cancellationToken) =>
        AskAsync(work, IsAnnouncedSql, conversationId, callSid, cancellationToken);

    private static async Task<(string? ConversationId, DateTimeOffset At)?> GiveUntoldAsync(
        UnitOfWork work,
        string callSid,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(GiveSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddUuid(lead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && !row.GetBoolean(0)
            ? (row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
            : null;
    }

    private static async Task SetAnnouncedAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SetAnnouncedSql);
        command.Parameters.AddText(callSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> AskAsync(
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
        command.Parameters.AddTime(time.GetUtcNow());
    }
}
