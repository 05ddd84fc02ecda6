using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>An attempt that a provider has accepted, with its job. The job is locked.</summary>
internal sealed record AcceptedAttempt(
    Guid JobId,
    int Attempt,
    int Attempts,
    string State,
    LeadId Lead,
    string Kind,
    ChannelAddress Address,
    DateTimeOffset CreatedAt,
    string? ProviderId,
    string? CallSid,
    string? Result,
    string? ErrorCode)
{
    /// <summary>
    /// Whether a result of the attempt may change the state of the job: no later attempt has begun, and nobody has withdrawn the job.
    /// </summary>
    public bool IsLatest => Attempt == Attempts && State is not (OutboundStates.Sending or OutboundStates.Unknown or OutboundStates.Withdrawn);
}

/// <summary>Finds the attempt that a callback is about, and stores its result.</summary>
internal sealed class OutboundResultStore(TimeProvider time)
{
    private const string FindSql = """
        SELECT job.id, attempt.attempt, job.attempts, job.state, job.lead_id, job.kind, job.address_kind, job.address, job.created_at,
            attempt.provider_id, attempt.call_sid, attempt.result, attempt.error_code
        FROM outbound_attempts AS attempt JOIN outbound_jobs AS job ON job.id = attempt.job_id
        WHERE attempt.provider_id = $1 OR attempt.call_sid = $2
        ORDER BY attempt.provider_id = $1 DESC NULLS LAST LIMIT 1
        FOR UPDATE OF job, attempt
        """;

    private const string FindLeadSql = """
        SELECT job.lead_id FROM outbound_attempts AS attempt JOIN outbound_jobs AS job ON job.id = attempt.job_id
        WHERE attempt.provider_id = $1 OR attempt.call_sid = $2 LIMIT 1
        """;

    private const string SetResultSql = """
        UPDATE outbound_attempts SET result = $3, error_code = $4, reason = $5, provider_id = coalesce(provider_id, $6),
            call_sid = coalesce(call_sid, $7)
        WHERE job_id = $1 AND attempt = $2
        """;

    // A worker that has claimed the job for a retry loses its claim.
    private const string SetStateSql = """
        UPDATE outbound_jobs SET state = $2, due_at = $3, claimed_until = NULL, claims = claims + 1, holds_line = false, reason = $4, gate = NULL,
            updated_at = $5
        WHERE id = $1
        """;

    // A call without any result is over at some time. It is due then, so it costs nothing until then.
    private const string FindSilentCallSql = """
        SELECT attempt.provider_id, attempt.call_sid
        FROM outbound_jobs AS job JOIN outbound_attempts AS attempt ON attempt.job_id = job.id AND attempt.attempt = job.attempts
        WHERE job.kind = 'call' AND job.due_at <= $1 AND job.state = 'sent'
        ORDER BY job.due_at LIMIT 1
        """;

    /// <summary>
    /// Finds and locks the attempt with a provider's id or a CallSid. Returns null if no attempt has them. The lead's lock comes before that of its
    /// job, as in the transaction that stores an opt-out and withdraws jobs.
    /// </summary>
    public static async Task<AcceptedAttempt?> LockAsync(
        UnitOfWork work,
        string? providerId,
        string? callSid,
        CancellationToken cancellationToken)
    {
        await using var find = work.CreateCommand(FindLeadSql);
        find.Parameters.AddText(providerId);
        find.Parameters.AddText(callSid);
        if (await find.ExecuteScalarAsync(cancellationToken) is not Guid lead)
        {
            return null;
        }

        await LeadStore.LockAsync(work, new LeadId(lead), cancellationToken);
        await using var command = work.CreateCommand(FindSql);
        command.Parameters.AddText(providerId);
        command.Parameters.AddText(callSid);
        return (await command.ReadAllAsync(ReadAttempt, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Stores the result of an attempt, and the ids of a call that the attempt lacks.</summary>
    public static async Task SetResultAsync(
        UnitOfWork work,
        AcceptedAttempt attempt,
        string result,
        string? errorCode,
        string? reason,
        string? providerId,
        string? callSid,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SetResultSql);
        command.Parameters.AddUuid(attempt.JobId);
        command.Parameters.AddInteger(attempt.Attempt);
        command.Parameters.AddText(result);
        command.Parameters.AddText(errorCode);
        command.Parameters.AddText(reason);
        command.Parameters.AddText(providerId);
        command.Parameters.AddText(callSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Sets the state of a job that no worker sends at present, and raises the event.</summary>
    public async Task SetStateAsync(
        UnitOfWork work,
        AcceptedAttempt attempt,
        string state,
        DateTimeOffset? dueAt,
        string reason,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = work.CreateCommand(SetStateSql);
        command.Parameters.AddUuid(attempt.JobId);
        command.Parameters.AddText(state);
        command.Parameters.AddTimestamp(dueAt);
        command.Parameters.AddText(reason);
        command.Parameters.AddTimestamp(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
        OutboundEvents.RaiseUpdated(work, attempt.Lead, attempt.JobId, attempt.Kind, state, now, reason, dueAt: dueAt);
    }

    /// <summary>Ends a call whose result nobody has reported. Returns false if there is none.</summary>
    public async Task<bool> EndSilentCallAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindSilentCallSql);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        var found = await command.ReadAllAsync(row => (row.GetTextOrNull(0), row.GetTextOrNull(1)), cancellationToken);
        if (found is not [var (providerId, callSid)]
            || await LockAsync(work, providerId, callSid, cancellationToken) is not { State: OutboundStates.Sent } attempt)
        {
            return false;
        }

        await SetStateAsync(work, attempt, OutboundStates.Done, dueAt: null, "Nobody has reported the end of the call.", cancellationToken);
        return true;
    }

    private static AcceptedAttempt ReadAttempt(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetInt32(1),
        row.GetInt32(2),
        row.GetString(3),
        new LeadId(row.GetGuid(4)),
        row.GetString(5),
        ChannelAddress.FromParts(row.GetString(6), row.GetString(7)),
        row.GetTimeOrNull(8)!.Value,
        row.GetTextOrNull(9),
        row.GetTextOrNull(10),
        row.GetTextOrNull(11),
        row.GetTextOrNull(12));
}
