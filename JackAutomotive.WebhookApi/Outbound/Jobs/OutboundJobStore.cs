using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>A job that was made from the same key.</summary>
internal sealed record KnownRequest(Guid Id, LeadId Lead, byte[] RequestHash, ChannelAddress Address, string Channel, DateTimeOffset CreatedAt);

/// <summary>A job that was added, and when.</summary>
internal sealed record AddedJob(Guid Id, DateTimeOffset CreatedAt);

/// <summary>How the withdrawal of a job ended.</summary>
internal enum Withdrawal
{
    /// <summary>The job is withdrawn, now or earlier.</summary>
    Withdrawn,

    /// <summary>The job has gone out, or is going out.</summary>
    TooLate,

    /// <summary>There is no such job.</summary>
    NoSuchJob,
}

/// <summary>
/// Adds and withdraws texts and calls. A job is added in the transaction of its cause, so it exists if and only if its cause does, and it is
/// withdrawn in the transaction of what forbids it.
/// </summary>
internal sealed class OutboundJobStore(OutboundSignal signal, TimeProvider time)
{
    // Two requests with one key at once: the second waits for the first and adds nothing.
    private const string AddSql = """
        INSERT INTO outbound_jobs (
            id, lead_id, kind, channel, address_kind, address, body, media_urls, agent_id, call_reason, variables, state, due_at, cause,
            caused_by, created_by, idempotency_key, request_hash, trace_parent, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::json, 'queued', $12, $13, $14, $15, $16, $17, $18, $19, $19)
        ON CONFLICT DO NOTHING
        """;

    private const string FindByKeySql = """
        SELECT id, lead_id, request_hash, address_kind, address, channel, created_at FROM outbound_jobs
        WHERE created_by = $1 AND kind = $2 AND idempotency_key = $3
        """;

    // A job that a worker has claimed but not begun to send is withdrawn too: the worker finds its claim lost.
    private const string WithdrawColumns = """
        state = 'withdrawn', due_at = NULL, claimed_until = NULL, claims = claims + 1, holds_line = false, reason = $2, gate = $3, updated_at = $4
        """;

    private const string WithdrawSql = $"""
        UPDATE outbound_jobs SET {WithdrawColumns} WHERE id = $1 AND state IN ('queued', 'held') RETURNING id, lead_id, kind
        """;

    private const string WithdrawOfLeadSql = $"""
        UPDATE outbound_jobs SET {WithdrawColumns}
        WHERE lead_id = $1 AND due_at IS NOT NULL AND state IN ('queued', 'held') AND kind = ANY ($5)
        RETURNING id, lead_id, kind
        """;

    private const string FindLeadSql = "SELECT lead_id FROM outbound_jobs WHERE id = $1";

    private const string FindStateSql = "SELECT state FROM outbound_jobs WHERE id = $1";

    private readonly JobIds _ids = new();

    /// <summary>Adds a job, which a worker sends as soon as the unit of work has committed and the job is due.</summary>
    /// <returns>The job; null if its key or its cause has a job already.</returns>
    public async Task<AddedJob?> AddAsync(UnitOfWork work, NewOutboundJob job, CancellationToken cancellationToken)
    {
        // Postgres stores microseconds.
        var ticks = time.GetUtcNow().UtcTicks;
        var now = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        var id = _ids.New(now);
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddUuid(id);
        add.Parameters.AddUuid(job.Lead.Value);
        add.Parameters.AddText(job.Kind);
        add.Parameters.AddText(job.Channel);
        add.Parameters.AddText(job.Address.Kind);
        add.Parameters.AddText(job.Address.Address);
        add.Parameters.AddText(job.Content.Body);
        add.Parameters.AddArray(job.Content.MediaUrls.ToArray(), NpgsqlDbType.Text);
        add.Parameters.AddText(job.Content.AgentId);
        add.Parameters.AddText(job.Content.CallReason);
        add.Parameters.AddText(job.Content.Variables);
        add.Parameters.AddTimestamp(job.DueAt ?? now);
        add.Parameters.AddText(job.Cause);
        add.Parameters.AddUuid(job.CausedBy);
        add.Parameters.AddText(job.CreatedBy);
        add.Parameters.AddText(job.Idempotency?.Key);
        add.Parameters.AddBytesOrNull(job.Idempotency?.RequestHash);
        add.Parameters.AddText(Activity.Current?.Id);
        add.Parameters.AddTimestamp(now);
        if (await add.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return null;
        }

        OutboundEvents.RaiseUpdated(work, job.Lead, id, job.Kind, OutboundStates.Queued, now, dueAt: job.DueAt, causedBy: job.CausedBy);
        work.AfterCommit(signal.Notify);
        return new AddedJob(id, now);
    }

    /// <summary>Finds the job of a caller's key. Returns null if there is none.</summary>
    public static async Task<KnownRequest?> FindByKeyAsync(
        UnitOfWork work,
        string createdBy,
        string kind,
        string key,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindByKeySql);
        command.Parameters.AddText(createdBy);
        command.Parameters.AddText(kind);
        command.Parameters.AddText(key);
        var found = await command.ReadAllAsync(
            row => new KnownRequest(
                row.GetGuid(0),
                new LeadId(row.GetGuid(1)),
                row.GetFieldValue<byte[]>(2),
                ChannelAddress.FromParts(row.GetString(3), row.GetString(4)),
                row.GetString(5),
                row.GetTimeOrNull(6)!.Value),
            cancellationToken);
        return found.SingleOrDefault();
    }

    /// <summary>Withdraws a job that has not gone out.</summary>
    public async Task<Withdrawal> WithdrawAsync(UnitOfWork work, Guid id, string reason, CancellationToken cancellationToken)
    {
        await using var findLead = work.CreateCommand(FindLeadSql);
        findLead.Parameters.AddUuid(id);
        if (await findLead.ExecuteScalarAsync(cancellationToken) is not Guid lead)
        {
            return Withdrawal.NoSuchJob;
        }

        await LeadStore.LockAsync(work, new LeadId(lead), cancellationToken);
        await using var command = work.CreateCommand(WithdrawSql);
        command.Parameters.AddUuid(id);
        if (await WithdrawAsync(work, command, reason, gate: null, cancellationToken) > 0)
        {
            return Withdrawal.Withdrawn;
        }

        await using var find = work.CreateCommand(FindStateSql);
        find.Parameters.AddUuid(id);
        return await find.ExecuteScalarAsync(cancellationToken) switch
        {
            OutboundStates.Withdrawn => Withdrawal.Withdrawn,
            null => Withdrawal.NoSuchJob,
            _ => Withdrawal.TooLate,
        };
    }

    /// <summary>Withdraws everything of a lead that has not gone out. Returns the number of jobs.</summary>
    /// <param name="work">The unit of work that stores what forbids the jobs.</param>
    /// <param name="lead">The lead.</param>
    /// <param name="kinds">Some of <see cref="OutboundKinds"/>.</param>
    /// <param name="reason">Why, in words for a person.</param>
    /// <param name="gate">The gate that is shut now.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public async Task<int> WithdrawOfLeadAsync(
        UnitOfWork work,
        LeadId lead,
        string[] kinds,
        string reason,
        string gate,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(WithdrawOfLeadSql);
        command.Parameters.AddUuid(lead.Value);
        return await WithdrawAsync(work, command, reason, gate, cancellationToken, kinds);
    }

    private async Task<int> WithdrawAsync(
        UnitOfWork work,
        NpgsqlCommand command,
        string reason,
        string? gate,
        CancellationToken cancellationToken,
        string[]? kinds = null)
    {
        var now = time.GetUtcNow();
        command.Parameters.AddText(reason);
        command.Parameters.AddText(gate);
        command.Parameters.AddTimestamp(now);
        if (kinds is not null)
        {
            command.Parameters.AddArray(kinds, NpgsqlDbType.Text);
        }

        var withdrawn = await command.ReadAllAsync(row => (row.GetGuid(0), new LeadId(row.GetGuid(1)), row.GetString(2)), cancellationToken);
        foreach (var (id, lead, kind) in withdrawn)
        {
            OutboundEvents.RaiseUpdated(work, lead, id, kind, OutboundStates.Withdrawn, now, reason, gate);
        }

        return withdrawn.Count;
    }
}
