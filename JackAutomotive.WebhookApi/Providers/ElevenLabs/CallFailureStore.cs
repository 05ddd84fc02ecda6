using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>Stores the voice agent's calls that were not established.</summary>
internal sealed class CallFailureStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO call_failures (conversation_id, lead_id, call_sid, reason, sip_status_code, error_reason, failed_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (conversation_id) DO NOTHING
        """;

    /// <summary>Stores a failure. Only the first failure of a conversation is stored.</summary>
    /// <returns>Whether the failure is new.</returns>
    public async Task<bool> AddAsync(
        UnitOfWork work,
        string conversationId,
        LeadId lead,
        CallFailurePayload failure,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(failure.CallSid);
        command.Parameters.AddText(failure.Reason);
        command.Parameters.AddText(failure.Report.SipResponseCode);
        command.Parameters.AddText(failure.ErrorReason);
        command.Parameters.AddTimestamp(at);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
