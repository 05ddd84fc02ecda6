using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Npgsql;

namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>Telephone calls: every status that was told of one, and the state that follows from them.</summary>
internal sealed class CallStore(TimeProvider time)
{
    // Not a row lock: what is to be kept apart may be about a call that has no row yet.
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string BeginSql = """
        INSERT INTO calls (call_sid, parent_call_sid, direction, from_number, to_number, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (call_sid) DO UPDATE SET
            parent_call_sid = coalesce(calls.parent_call_sid, EXCLUDED.parent_call_sid),
            direction = coalesce(calls.direction, EXCLUDED.direction),
            from_number = coalesce(calls.from_number, EXCLUDED.from_number),
            to_number = coalesce(calls.to_number, EXCLUDED.to_number)
        RETURNING status, lead_id
        """;

    // Told of the same status twice, by Twilio and through ElevenLabs, each may say what the other leaves out.
    private const string AddSql = """
        INSERT INTO call_statuses AS told (call_sid, status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (call_sid, status, sequence) DO UPDATE SET
            occurred_at = coalesce(told.occurred_at, EXCLUDED.occurred_at),
            talk_seconds = coalesce(told.talk_seconds, EXCLUDED.talk_seconds),
            answered_by = coalesce(told.answered_by, EXCLUDED.answered_by),
            sip_response_code = coalesce(told.sip_response_code, EXCLUDED.sip_response_code)
        """;

    private const string ToldSql = """
        SELECT status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code FROM call_statuses WHERE call_sid = $1
        """;

    private const string SaveSql = """
        UPDATE calls SET status = $2, ringing_at = $3, answered_at = $4, ended_at = $5, ring_seconds = $6, talk_seconds = $7,
            answered_by = $8, sip_response_code = $9, updated_at = $10
        WHERE call_sid = $1
            AND (status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code)
                IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string FindLeadSql = "SELECT lead_id FROM calls WHERE call_sid = $1";

    private const string GiveSql = """
        UPDATE calls SET lead_id = $2 WHERE call_sid = $1 AND lead_id IS NULL
        RETURNING status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code,
            direction, coalesce(ended_at, answered_at, ringing_at, updated_at)
        """;

    /// <summary>
    /// Keeps everybody else who has to do with this call waiting until the work ends: its statuses, its recordings and its transcript
    /// come independently, and each must see what the others have stored. Take it before any row's lock.
    /// Without a call there is nothing to wait for.
    /// </summary>
    public static async Task LockAsync(UnitOfWork work, string? callSid, CancellationToken cancellationToken)
    {
        if (callSid is null)
        {
            return;
        }

        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddText(callSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Stores that there is such a call; what is known of it already stays.</summary>
    /// <returns>Its status and its lead, as far as they are known.</returns>
    public async Task<(string? Status, LeadId? Lead)> BeginAsync(
        UnitOfWork work,
        string callSid,
        CallParties? parties,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(BeginSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddText(parties?.ParentCallSid);
        command.Parameters.AddText(parties?.Direction);
        command.Parameters.AddText(parties?.From);
        command.Parameters.AddText(parties?.To);
        command.Parameters.AddTime(time.GetUtcNow());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.IsDBNull(0) ? null : row.GetString(0), row.IsDBNull(1) ? null : new LeadId(row.GetGuid(1)));
    }

    /// <summary>Adds a report to a call's history and stores the state that follows.</summary>
    public async Task<CallState> AddAsync(
        UnitOfWork work,
        string callSid,
        CallReport report,
        DateTimeOffset toldAt,
        CancellationToken cancellationToken)
    {
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddText(callSid);
        add.Parameters.AddText(report.Status);
        add.Parameters.AddInteger(report.Sequence);
        add.Parameters.AddTime(report.At);
        add.Parameters.AddDouble(report.TalkSeconds);
        add.Parameters.AddText(report.AnsweredBy);
        add.Parameters.AddText(report.SipResponseCode);
        add.Parameters.AddTime(toldAt);
        await add.ExecuteNonQueryAsync(cancellationToken);

        var state = CallProgress.Of(await ReadAsync(work, callSid, cancellationToken));
        await using var save = work.CreateCommand(SaveSql);
        save.Parameters.AddText(callSid);
        save.Parameters.AddText(state.Status);
        save.Parameters.AddTime(state.RingingAt);
        save.Parameters.AddTime(state.AnsweredAt);
        save.Parameters.AddTime(state.EndedAt);
        save.Parameters.AddDouble(state.RingSeconds);
        save.Parameters.AddDouble(state.TalkSeconds);
        save.Parameters.AddText(state.AnsweredBy);
        save.Parameters.AddText(state.SipResponseCode);
        save.Parameters.AddTime(time.GetUtcNow());
        await save.ExecuteNonQueryAsync(cancellationToken);
        return state;
    }

    /// <summary>Whose call it is, if that is known.</summary>
    public static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string? callSid, CancellationToken cancellationToken)
    {
        if (callSid is null)
        {
            return null;
        }

        await using var command = work.CreateCommand(FindLeadSql);
        command.Parameters.AddText(callSid);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
    }

    /// <summary>Says whose call it is, unless that has been said. A call that is not stored stays so.</summary>
    public static async Task GiveAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = Give(work, callSid, lead);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// The same, where it becomes known from something else than the call's own statuses: if any were told before, the lead's watchers
    /// are told how it stands.
    /// </summary>
    public static async Task GiveAndTellAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = Give(work, callSid, lead);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken) && !row.IsDBNull(0))
        {
            var state = new CallState(
                row.GetString(0),
                row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1),
                row.IsDBNull(2) ? null : row.GetFieldValue<DateTimeOffset>(2),
                row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3),
                row.IsDBNull(4) ? null : row.GetDouble(4),
                row.IsDBNull(5) ? null : row.GetDouble(5),
                row.IsDBNull(6) ? null : row.GetString(6),
                row.IsDBNull(7) ? null : row.GetString(7));
            CallEvents.RaiseStatus(
                work, lead, callSid!, row.IsDBNull(8) ? null : row.GetString(8), state, row.GetFieldValue<DateTimeOffset>(9));
        }
    }

    private static NpgsqlCommand Give(UnitOfWork work, string? callSid, LeadId lead)
    {
        var command = work.CreateCommand(GiveSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddUuid(lead.Value);
        return command;
    }

    private static async Task<List<CallReport>> ReadAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ToldSql);
        command.Parameters.AddText(callSid);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var told = new List<CallReport>();
        while (await rows.ReadAsync(cancellationToken))
        {
            told.Add(new CallReport(
                rows.GetString(0),
                rows.GetInt32(1),
                rows.IsDBNull(2) ? null : rows.GetFieldValue<DateTimeOffset>(2),
                rows.IsDBNull(3) ? null : rows.GetDouble(3),
                rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.IsDBNull(5) ? null : rows.GetString(5)));
        }

        return told;
    }
}
