using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Analysis.Queue;

/// <summary>A conversation that this instance has claimed to analyse it.</summary>
/// <param name="Id">The id of the job.</param>
/// <param name="Kind">One of <see cref="AnalysisKind"/>.</param>
/// <param name="Subject">The conversation's id, or the MessageSid of a text.</param>
/// <param name="Attempt">The number of this attempt, from 1. The id and this number together identify the claim.</param>
/// <param name="IsForced">Whether the conversation is analysed even if it was analysed before and has not changed.</param>
/// <param name="DeliveryId">The delivery that brought the conversation; null if a person asked for the analysis.</param>
/// <param name="TraceParent">The W3C trace context of the handling, or null.</param>
internal sealed record AnalysisJob(long Id, string Kind, string Subject, int Attempt, bool IsForced, long? DeliveryId, string? TraceParent);

/// <summary>
/// The conversations that wait for their analysis. Handlers insert jobs in their own transactions; workers on any instance claim due jobs
/// with a lease. A job may repeat another one, because an unchanged conversation is not analysed twice.
/// </summary>
internal sealed class AnalysisQueue(
    [FromKeyedServices(DatabaseExtensions.Plain)] NpgsqlDataSource database,
    IOptions<AnalysisOptions> options,
    TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO analysis_queue (lead_id, kind, subject, due_at, is_forced, delivery_id, trace_parent, queued_at)
        VALUES ($1, $2, $3, $4, false, $5, $6, $4)
        """;

    private const string ClaimSql = """
        -- claim analyses
        WITH due AS (
            SELECT id FROM analysis_queue WHERE failed_at IS NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE analysis_queue SET attempts = attempts + 1, due_at = $3
        FROM due WHERE analysis_queue.id = due.id
        RETURNING analysis_queue.id, kind, subject, attempts, is_forced, delivery_id, trace_parent
        """;

    // The attempt number identifies the claim: a worker that lost its claim changes no row.
    private const string CompleteSql = "DELETE FROM analysis_queue WHERE id = $1 AND attempts = $2";

    private const string ReleaseSql = """
        UPDATE analysis_queue SET due_at = $3, attempts = attempts - $4, reason = $5 WHERE id = $1 AND attempts = $2
        """;

    private const string FailSql = "UPDATE analysis_queue SET failed_at = $3, reason = $4 WHERE id = $1 AND attempts = $2";

    private const string RetryFailedSql = """
        UPDATE analysis_queue SET failed_at = NULL, attempts = 0, due_at = $1
        WHERE id IN (SELECT id FROM analysis_queue WHERE failed_at IS NOT NULL ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
        """;

    private const string ForceSql = """
        INSERT INTO analysis_queue (lead_id, kind, subject, due_at, is_forced, queued_at)
        SELECT job.lead_id, job.kind, job.subject, $4, true, $4 FROM unnest($1, $2, $3) AS job (lead_id, kind, subject)
        """;

    /// <summary>The time after which another worker may claim a job. It exceeds the time that an attempt takes.</summary>
    private TimeSpan Lease => TimeSpan.FromSeconds(15) + (options.Value.HasModel ? options.Value.Timeout : TimeSpan.Zero);

    /// <summary>Adds a job in the transaction that stores the conversation.</summary>
    /// <param name="work">The unit of work that stores the conversation.</param>
    /// <param name="lead">The lead.</param>
    /// <param name="kind">One of <see cref="AnalysisKind"/>.</param>
    /// <param name="subject">The conversation's id, or the MessageSid of a text.</param>
    /// <param name="deliveryId">The delivery that brought the conversation.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    public async Task AddAsync(
        UnitOfWork work,
        LeadId lead,
        string kind,
        string subject,
        long deliveryId,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(kind);
        command.Parameters.AddText(subject);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddBigint(deliveryId);
        command.Parameters.AddText(Activity.Current?.Id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Claims due jobs, oldest first.</summary>
    public async Task<IReadOnlyList<AnalysisJob>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(now + Lease);
        return await command.ReadAllAsync(
            row => new AnalysisJob(
                row.GetInt64(0),
                row.GetString(1),
                row.GetString(2),
                row.GetInt32(3),
                row.GetBoolean(4),
                row.IsDBNull(5) ? null : row.GetInt64(5),
                row.GetTextOrNull(6)),
            cancellationToken);
    }

    /// <summary>Removes a job in the transaction that stores the analysis. Returns false if another worker has the job by now.</summary>
    public static async Task<bool> TryCompleteAsync(UnitOfWork work, AnalysisJob job, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CompleteSql);
        return await ExecuteAsync(command, job, cancellationToken) > 0;
    }

    /// <summary>Removes a job that needs no analysis.</summary>
    public async Task CompleteAsync(AnalysisJob job, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CompleteSql);
        await ExecuteAsync(command, job, cancellationToken);
    }

    /// <summary>Makes a job due again at a time.</summary>
    /// <param name="job">The job.</param>
    /// <param name="dueAt">When the job is due.</param>
    /// <param name="isAttempt">Whether this attempt counts.</param>
    /// <param name="reason">Why the attempt failed; null if it did not fail.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public async Task ReleaseAsync(AnalysisJob job, DateTimeOffset dueAt, bool isAttempt, string? reason, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReleaseSql);
        command.Parameters.AddBigint(job.Id);
        command.Parameters.AddInteger(job.Attempt);
        command.Parameters.AddTimestamp(dueAt);
        command.Parameters.AddInteger(isAttempt ? 0 : 1);
        command.Parameters.AddText(reason);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Ends the attempts at a job, which then waits for a person.</summary>
    public async Task FailAsync(AnalysisJob job, string reason, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FailSql);
        command.Parameters.AddBigint(job.Id);
        command.Parameters.AddInteger(job.Attempt);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(reason);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Makes failed jobs due again. Returns their number.</summary>
    public async Task<int> RetryFailedAsync(int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RetryFailedSql);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddInteger(limit);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds a job for each conversation that is to be analysed again.</summary>
    public async Task ForceAsync(IReadOnlyList<(LeadId Lead, string Kind, string Subject)> conversations, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ForceSql);
        command.Parameters.AddArray(conversations.Select(item => item.Lead.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(conversations.Select(item => item.Kind).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddArray(conversations.Select(item => item.Subject).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Task<int> ExecuteAsync(NpgsqlCommand command, AnalysisJob job, CancellationToken cancellationToken)
    {
        command.Parameters.AddBigint(job.Id);
        command.Parameters.AddInteger(job.Attempt);
        return command.ExecuteNonQueryAsync(cancellationToken);
    }
}
