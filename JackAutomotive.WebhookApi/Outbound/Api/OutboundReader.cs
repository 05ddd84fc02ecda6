using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary>A text or a call that went out, or is to go out.</summary>
/// <param name="Id">The id of the job.</param>
/// <param name="LeadId">The lead.</param>
/// <param name="Kind">text or call.</param>
/// <param name="Channel">sms, whatsapp, voice and others.</param>
/// <param name="To">The address.</param>
/// <param name="Body">The words of a text.</param>
/// <param name="MediaUrls">The addresses of the attachments of a text.</param>
/// <param name="AgentId">The agent of a call, if the request named one.</param>
/// <param name="CallReason">Why the lead is called, if the request said it.</param>
/// <param name="DynamicVariables">The variables for the agent that the request named.</param>
/// <param name="State">queued, held, sending, unknown, sent, done, failed or withdrawn.</param>
/// <param name="Reason">Why the job is in its state, in words.</param>
/// <param name="Gate">The gate that holds or withdrew the job.</param>
/// <param name="DueAt">When the job goes out at the earliest; null once it has gone out.</param>
/// <param name="Cause">What asked for the job: api, missed_call or untextable_number.</param>
/// <param name="CausedBy">The job from which a rule made this one.</param>
/// <param name="CreatedBy">The name of the API key.</param>
/// <param name="CreatedAt">When the job was accepted.</param>
/// <param name="UpdatedAt">When the state last changed.</param>
/// <param name="Attempts">The attempts, oldest first.</param>
internal sealed record OutboundDetails(
    Guid Id,
    Guid LeadId,
    string Kind,
    string Channel,
    string To,
    string? Body,
    IReadOnlyList<string> MediaUrls,
    string? AgentId,
    string? CallReason,
    JsonElement? DynamicVariables,
    string State,
    string? Reason,
    string? Gate,
    DateTimeOffset? DueAt,
    string Cause,
    Guid? CausedBy,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<AttemptDetails> Attempts);

/// <summary>An attempt at a text or a call.</summary>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="StartedAt">When the provider was called.</param>
/// <param name="EndedAt">When its answer was known.</param>
/// <param name="Outcome">accepted, refused, not_sent or unknown; null while the provider is being called.</param>
/// <param name="MessageSid">Twilio's id of a text.</param>
/// <param name="ConversationId">ElevenLabs' id of a call's conversation.</param>
/// <param name="CallSid">Twilio's id of a call.</param>
/// <param name="Result">What became of it: a status of Twilio for a text, an outcome for a call.</param>
/// <param name="ErrorCode">The provider's error code.</param>
/// <param name="Reason">The result or the error in words.</param>
/// <param name="Lookups">How often the provider was asked what became of it.</param>
internal sealed record AttemptDetails(
    int Attempt,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Outcome,
    string? MessageSid,
    string? ConversationId,
    string? CallSid,
    string? Result,
    string? ErrorCode,
    string? Reason,
    int Lookups);

/// <summary>Reads texts and calls that go out, for our own API.</summary>
internal sealed class OutboundReader(NpgsqlDataSource database)
{
    private const string Sql = """
        SELECT id, lead_id, kind, channel, address_kind, address, body, media_urls, agent_id, call_reason, variables::text, state, reason, gate,
            CASE WHEN state IN ('queued', 'held') THEN due_at END, cause, caused_by, created_by, created_at, updated_at
        FROM outbound_jobs
        """;

    // Newest first.
    private const string ListSql = $"""
        {Sql}
        WHERE ($1::uuid IS NULL OR lead_id = $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3)
            AND ($4::text IS NULL OR (address_kind = $4 AND address = $5)) AND ($6::uuid IS NULL OR id < $6)
        ORDER BY id DESC LIMIT $7
        """;

    private const string FindSql = $"{Sql} WHERE id = $1";

    private const string AttemptsSql = """
        SELECT attempt.job_id, attempt.attempt, attempt.started_at, attempt.ended_at, attempt.outcome, job.kind, attempt.provider_id,
            attempt.call_sid, attempt.result, attempt.error_code, attempt.reason, attempt.lookups
        FROM outbound_attempts AS attempt JOIN outbound_jobs AS job ON job.id = attempt.job_id
        WHERE attempt.job_id = ANY ($1) ORDER BY attempt.job_id, attempt.attempt
        """;

    /// <summary>Lists jobs, newest first.</summary>
    /// <param name="lead">If not null, only jobs of this lead are listed.</param>
    /// <param name="state">If not null, only jobs in this state are listed.</param>
    /// <param name="kind">If not null, only jobs of this kind are listed.</param>
    /// <param name="address">If not null, only jobs to this address are listed.</param>
    /// <param name="before">If not null, only jobs older than this job are listed.</param>
    /// <param name="limit">The maximum number of jobs.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<IReadOnlyList<OutboundDetails>> ListAsync(
        LeadId? lead,
        string? state,
        string? kind,
        ChannelAddress? address,
        Guid? before,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ListSql, connection);
        command.Parameters.AddUuid(lead?.Value);
        command.Parameters.AddText(state);
        command.Parameters.AddText(kind);
        command.Parameters.AddText(address?.Kind);
        command.Parameters.AddText(address?.Address);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await AddAttemptsAsync(connection, await command.ReadAllAsync(ReadJob, cancellationToken), cancellationToken);
    }

    /// <summary>Finds a job. Returns null if there is none.</summary>
    public async Task<OutboundDetails?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(FindSql, connection);
        command.Parameters.AddUuid(id);
        var found = await command.ReadAllAsync(ReadJob, cancellationToken);
        return (await AddAttemptsAsync(connection, found, cancellationToken)).SingleOrDefault();
    }

    private static async Task<IReadOnlyList<OutboundDetails>> AddAttemptsAsync(
        NpgsqlConnection connection,
        List<OutboundDetails> jobs,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(AttemptsSql, connection);
        command.Parameters.AddArray(jobs.Select(job => job.Id).ToArray(), NpgsqlDbType.Uuid);
        var attempts = (await command.ReadAllAsync(ReadAttempt, cancellationToken)).ToLookup(row => row.Job, row => row.Attempt);
        return [.. jobs.Select(job => job with { Attempts = [.. attempts[job.Id]] })];
    }

    private static OutboundDetails ReadJob(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetGuid(1),
        row.GetString(2),
        row.GetString(3),
        ChannelAddress.FromParts(row.GetString(4), row.GetString(5)).Text,
        row.GetTextOrNull(6),
        row.GetFieldValue<string[]>(7),
        row.GetTextOrNull(8),
        row.GetTextOrNull(9),
        row.GetTextOrNull(10) is { } variables ? JsonSerializer.Deserialize<JsonElement>(variables) : null,
        row.GetString(11),
        row.GetTextOrNull(12),
        row.GetTextOrNull(13),
        row.GetTimeOrNull(14),
        row.GetString(15),
        row.IsDBNull(16) ? null : row.GetGuid(16),
        row.GetString(17),
        row.GetTimeOrNull(18)!.Value,
        row.GetTimeOrNull(19)!.Value,
        []);

    private static (Guid Job, AttemptDetails Attempt) ReadAttempt(NpgsqlDataReader row)
    {
        var isText = row.GetString(5) == OutboundKinds.Text;
        return (row.GetGuid(0), new AttemptDetails(
            row.GetInt32(1),
            row.GetTimeOrNull(2)!.Value,
            row.GetTimeOrNull(3),
            row.GetTextOrNull(4),
            isText ? row.GetTextOrNull(6) : null,
            isText ? null : row.GetTextOrNull(6),
            row.GetTextOrNull(7),
            row.GetTextOrNull(8),
            row.GetTextOrNull(9),
            row.GetTextOrNull(10),
            row.GetInt32(11)));
    }
}
