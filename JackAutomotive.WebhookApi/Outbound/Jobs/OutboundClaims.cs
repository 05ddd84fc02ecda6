using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>
/// Claims due jobs for a worker. A claimed job has a lease; when the lease ends without a verdict, any instance claims the job again. A lead
/// has at most one job under way, and its due jobs go out in the order of their due times. How far a sender has used its rate is a row too, so
/// the rates count over all instances.
/// </summary>
internal sealed class OutboundClaims(NpgsqlDataSource database, IOptions<OutboundOptions> options, TimeProvider time)
{
    // A job whose attempt is open (sending, unknown) is settled before anything else of its lead. A call waits until the lead's last call has
    // ended. A job that holds the line is not behind those that wait for it, however early they are due. OFFSET 0 stops Postgres from planning the subquery as a join, which would read all open jobs with each claim. Claims of two
    // instances cannot take two jobs of one lead: the second statement sees the first job either as due or as claimed.
    private const string ClaimSql = """
        -- claim outbound jobs
        WITH due AS (
            SELECT id FROM outbound_jobs AS candidate
            WHERE kind = $1 AND due_at <= $2 AND state <> 'sent'
              AND (state IN ('sending', 'unknown') OR NOT EXISTS (
                  SELECT FROM outbound_jobs AS other
                  WHERE other.lead_id = candidate.lead_id AND other.id <> candidate.id AND other.due_at IS NOT NULL
                    AND (other.state IN ('sending', 'unknown') OR other.claimed_until > $2 OR (other.holds_line AND other.id < candidate.id)
                      OR (other.state <> 'sent' AND NOT candidate.holds_line AND (other.due_at, other.id) < (candidate.due_at, candidate.id))
                      OR (other.state = 'sent' AND candidate.kind = 'call'))
                  OFFSET 0))
            ORDER BY due_at, id
            LIMIT (SELECT $3)
            FOR UPDATE SKIP LOCKED)
        UPDATE outbound_jobs AS job
        SET claims = claims + 1, due_at = $4, claimed_until = $4
        FROM due WHERE job.id = due.id
        RETURNING job.id, claims, state, attempts, lead_id, kind, channel, address_kind, address, body, media_urls, agent_id, call_reason,
            variables::text, created_at, trace_parent
        """;

    private const string IsAnyDueSql = """
        SELECT EXISTS (SELECT FROM outbound_jobs WHERE kind = $1 AND due_at <= $2 AND state <> 'sent')
        """;

    private const string LockPaceSql = """
        INSERT INTO outbound_pace AS pace (sender, free_at) VALUES ($1, $2)
        ON CONFLICT (sender) DO UPDATE SET free_at = greatest(pace.free_at, EXCLUDED.free_at) RETURNING free_at
        """;

    private const string UsePaceSql = "UPDATE outbound_pace SET free_at = $2 WHERE sender = $1";

    private const string LockSql = "SELECT state FROM outbound_jobs WHERE id = $1 AND claims = $2 FOR UPDATE";

    private const string SetStateSql = """
        UPDATE outbound_jobs SET state = $3, due_at = $4, claimed_until = NULL, reason = $5, gate = $6, updated_at = $7, holds_line = $8
        WHERE id = $1 AND claims = $2
        """;

    private const string BeginSql = """
        WITH begun AS (
            UPDATE outbound_jobs SET state = 'sending', attempts = attempts + 1, due_at = $3, claimed_until = $3, reason = NULL, gate = NULL,
                holds_line = false, updated_at = $4
            WHERE id = $1 AND claims = $2
            RETURNING id, attempts)
        INSERT INTO outbound_attempts (job_id, attempt, started_at) SELECT id, attempts, $4 FROM begun
        """;

    private const string FindAttemptSql = """
        SELECT attempt, started_at, lookups FROM outbound_attempts WHERE job_id = $1 ORDER BY attempt DESC LIMIT 1
        """;

    private const string EndAttemptSql = """
        UPDATE outbound_attempts
        SET outcome = $3, ended_at = $4, provider_id = $5, call_sid = $6, error_code = $7, reason = $8, lookups = lookups + $9
        WHERE job_id = $1 AND attempt = $2
        """;

    private const string CountTriesSql = "SELECT count(*) FROM outbound_attempts WHERE job_id = $1 AND outcome IN ('accepted', 'refused')";

    private const string KnownSql = """
        SELECT coalesce(provider_id, ''), coalesce(call_sid, '') FROM outbound_attempts
        WHERE (provider_id = ANY ($1) OR call_sid = ANY ($2)) AND (job_id, attempt) <> ($3, $4)
        """;

    /// <summary>Claims up to <paramref name="limit"/> due jobs of a kind, at most one per lead, as far as the sender's rate allows.</summary>
    public async Task<IReadOnlyList<OutboundJob>> ClaimAsync(string kind, int limit, CancellationToken cancellationToken)
    {
        var rate = kind == OutboundKinds.Call ? options.Value.CallsPerSecond : options.Value.TextsPerSecond;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (rate <= 0)
        {
            return await ClaimAsync(connection, null, kind, limit, cancellationToken);
        }

        // A sender without anything to send writes nothing.
        var now = time.GetUtcNow();
        if (!await IsAnyDueAsync(connection, kind, now, cancellationToken))
        {
            return [];
        }

        var interval = TimeSpan.FromSeconds(1 / rate);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var freeAt = await LockPaceAsync(connection, transaction, kind, now, cancellationToken);

        // At least one may start whenever the sender is free, however small the burst.
        var burst = TimeSpan.FromSeconds(Math.Max(options.Value.BurstSeconds, interval.TotalSeconds));
        var allowed = (int)Math.Min(limit, Math.Floor((now + burst - freeAt) / interval));
        if (allowed < 1)
        {
            return [];
        }

        var claimed = await ClaimAsync(connection, transaction, kind, allowed, cancellationToken);
        if (claimed.Count(job => job.State is OutboundStates.Queued or OutboundStates.Held) is > 0 and var starting)
        {
            await using var use = new NpgsqlCommand(UsePaceSql, connection, transaction);
            use.Parameters.AddText(kind);
            use.Parameters.AddTimestamp(freeAt + (starting * interval));
            await use.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return claimed;
    }

    /// <summary>Locks a claimed job. Returns its state, or null if the claim is lost.</summary>
    public static async Task<string?> LockAsync(UnitOfWork work, OutboundJob job, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(work, LockSql, job);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <summary>Ends the claim and sets the state of a job.</summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="job">The claimed job.</param>
    /// <param name="state">One of <see cref="OutboundStates"/>.</param>
    /// <param name="dueAt">When a worker acts next; null if nothing is to be done.</param>
    /// <param name="reason">Why, in words for a person.</param>
    /// <param name="gate">The gate that is shut, if one is.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    /// <param name="holdsLine">Whether later jobs of the lead wait for this one.</param>
    public async Task SetStateAsync(
        UnitOfWork work,
        OutboundJob job,
        string state,
        DateTimeOffset? dueAt,
        string? reason,
        string? gate,
        CancellationToken cancellationToken,
        bool holdsLine = false)
    {
        await using var command = CreateCommand(work, SetStateSql, job);
        command.Parameters.AddText(state);
        command.Parameters.AddTimestamp(dueAt);
        command.Parameters.AddText(reason);
        command.Parameters.AddText(gate);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddBoolean(holdsLine);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Begins the next attempt: the job is sending from the commit on, and its lease begins anew.</summary>
    public async Task<OutboundAttempt> BeginAttemptAsync(UnitOfWork work, OutboundJob job, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = CreateCommand(work, BeginSql, job);
        command.Parameters.AddTimestamp(now + options.Value.Lease);
        command.Parameters.AddTimestamp(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new OutboundAttempt(job.Attempts + 1, now, 0);
    }

    /// <summary>Finds the latest attempt at a job.</summary>
    public async Task<OutboundAttempt> FindAttemptAsync(OutboundJob job, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindAttemptSql);
        command.Parameters.AddUuid(job.Id);
        var found = await command.ReadAllAsync(
            row => new OutboundAttempt(row.GetInt32(0), row.GetTimeOrNull(1)!.Value, row.GetInt32(2)), cancellationToken);
        return found.Single();
    }

    /// <summary>Stores how an attempt ended.</summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="job">The job.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="result">What the provider did.</param>
    /// <param name="isLookup">Whether the provider was asked for it.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public async Task EndAttemptAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult result,
        bool isLookup,
        CancellationToken cancellationToken)
    {
        var (outcome, providerId, callSid, code, reason) = result switch
        {
            SendResult.Accepted accepted => ("accepted", accepted.ProviderId, accepted.CallSid, default(string), default(string)),
            SendResult.Refused refused => ("refused", null, null, refused.Code, refused.Reason),
            SendResult.Busy => ("not_sent", null, null, "429", "The provider had too much to do."),
            SendResult.NotSent notSent => ("not_sent", null, null, null, notSent.Reason),
            SendResult.Unknown unknown => ("unknown", null, null, null, unknown.Reason),
            _ => throw new ArgumentOutOfRangeException(nameof(result)),
        };
        await using var command = work.CreateCommand(EndAttemptSql);
        command.Parameters.AddUuid(job.Id);
        command.Parameters.AddInteger(attempt.Number);
        command.Parameters.AddText(outcome);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(providerId);
        command.Parameters.AddText(callSid);
        command.Parameters.AddText(code);
        command.Parameters.AddText(PlainText.Clean(reason));
        command.Parameters.AddInteger(isLookup ? 1 : 0);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Counts the attempts that the provider has judged.</summary>
    public static async Task<int> CountTriesAsync(UnitOfWork work, Guid jobId, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CountTriesSql);
        command.Parameters.AddUuid(jobId);
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Returns those of a provider's texts or calls that belong to no other attempt.</summary>
    public async Task<IReadOnlyList<SendResult.Accepted>> RemoveKnownAsync(
        OutboundJob job,
        OutboundAttempt attempt,
        IReadOnlyList<SendResult.Accepted> found,
        CancellationToken cancellationToken)
    {
        if (found.Count == 0)
        {
            return found;
        }

        await using var command = database.CreateCommand(KnownSql);
        command.Parameters.AddArray(found.Select(item => item.ProviderId).OfType<string>().ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddArray(found.Select(item => item.CallSid).OfType<string>().ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddUuid(job.Id);
        command.Parameters.AddInteger(attempt.Number);
        var known = await command.ReadAllAsync(row => (ProviderId: row.GetString(0), CallSid: row.GetString(1)), cancellationToken);
        return
        [
            .. found.Where(item => !known.Exists(other =>
                (item.ProviderId is { } id && other.ProviderId == id) || (item.CallSid is { } sid && other.CallSid == sid))),
        ];
    }

    private static async Task<bool> IsAnyDueAsync(NpgsqlConnection connection, string kind, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(IsAnyDueSql, connection);
        command.Parameters.AddText(kind);
        command.Parameters.AddTimestamp(now);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<DateTimeOffset> LockPaceAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        string sender,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockPaceSql, connection, transaction);
        command.Parameters.AddText(sender);
        command.Parameters.AddTimestamp(now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.GetFieldValue<DateTimeOffset>(0);
    }

    private async Task<List<OutboundJob>> ClaimAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction? transaction,
        string kind,
        int limit,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = new NpgsqlCommand(ClaimSql, connection, transaction);
        command.Parameters.AddText(kind);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(now + options.Value.Lease);
        return await command.ReadAllAsync(ReadJob, cancellationToken);
    }

    private static OutboundJob ReadJob(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetInt32(1),
        row.GetString(2),
        row.GetInt32(3),
        new LeadId(row.GetGuid(4)),
        row.GetString(5),
        row.GetString(6),
        ChannelAddress.FromParts(row.GetString(7), row.GetString(8)),
        new OutboundContent(
            row.GetTextOrNull(9), row.GetFieldValue<string[]>(10), row.GetTextOrNull(11), row.GetTextOrNull(12), row.GetTextOrNull(13)),
        row.GetTimeOrNull(14)!.Value,
        row.GetTextOrNull(15));

    private static NpgsqlCommand CreateCommand(UnitOfWork work, string sql, OutboundJob job)
    {
        var command = work.CreateCommand(sql);
        command.Parameters.AddUuid(job.Id);
        command.Parameters.AddInteger(job.Claim);
        return command;
    }
}
