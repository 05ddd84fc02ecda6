using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>Stores telephone calls: the reported statuses of each call, and the state that follows from them.</summary>
internal sealed class CallStore(TimeProvider time)
{
    /// <summary>The change of a lead by a call, also one that raises no event because the call's status stays the same.</summary>
    public const string CallChanged = "call";

    // An advisory lock, not a row lock, because the call may have no row yet.
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

    // The same status may be reported twice, by Twilio and by ElevenLabs. Each report may contain values that the other report lacks.
    private const string AddSql = """
        INSERT INTO call_statuses AS stored (call_sid, status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (call_sid, status, sequence) DO UPDATE SET
            occurred_at = coalesce(stored.occurred_at, EXCLUDED.occurred_at),
            talk_seconds = coalesce(stored.talk_seconds, EXCLUDED.talk_seconds),
            answered_by = coalesce(stored.answered_by, EXCLUDED.answered_by),
            sip_response_code = coalesce(stored.sip_response_code, EXCLUDED.sip_response_code)
        """;

    private const string ReportsSql = """
        SELECT status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code FROM call_statuses WHERE call_sid = $1
        """;

    private const string SaveSql = """
        UPDATE calls SET status = $2, ringing_at = $3, answered_at = $4, ended_at = $5, ring_seconds = $6, talk_seconds = $7,
            answered_by = $8, sip_response_code = $9, updated_at = $10
        WHERE call_sid = $1
            AND (status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code)
                IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9)
        RETURNING lead_id
        """;

    private const string FindLeadSql = "SELECT lead_id FROM calls WHERE call_sid = $1";

    private const string AssignLeadSql = """
        UPDATE calls SET lead_id = $2 WHERE call_sid = $1 AND lead_id IS NULL
        RETURNING status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code,
            direction, coalesce(ended_at, answered_at, ringing_at, updated_at)
        """;

    /// <summary>
    /// Locks the call until the unit of work ends. The statuses, the recordings and the transcript of a call arrive independently, and the
    /// handler of each must see what the others have stored. To avoid a deadlock, take this lock before any row lock. The method does
    /// nothing if <paramref name="callSid"/> is null.
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

    /// <summary>Stores a call, or adds missing values to the stored call.</summary>
    /// <returns>The status and the lead of the call. Each is null while it is not known.</returns>
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
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetTextOrNull(0), row.IsDBNull(1) ? null : new LeadId(row.GetGuid(1)));
    }

    /// <summary>Stores a report of a call and the state that follows from all its reports.</summary>
    public async Task<CallState> AddAsync(
        UnitOfWork work,
        string callSid,
        CallReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddText(callSid);
        add.Parameters.AddText(report.Status);
        add.Parameters.AddInteger(report.Sequence);
        add.Parameters.AddTimestamp(report.At);
        add.Parameters.AddDouble(report.TalkSeconds);
        add.Parameters.AddText(report.AnsweredBy);
        add.Parameters.AddText(report.SipResponseCode);
        add.Parameters.AddTimestamp(receivedAt);
        await add.ExecuteNonQueryAsync(cancellationToken);

        var state = CallProgress.FromReports(await ReadReportsAsync(work, callSid, cancellationToken));
        await using var save = work.CreateCommand(SaveSql);
        save.Parameters.AddText(callSid);
        save.Parameters.AddText(state.Status);
        save.Parameters.AddTimestamp(state.RingingAt);
        save.Parameters.AddTimestamp(state.AnsweredAt);
        save.Parameters.AddTimestamp(state.EndedAt);
        save.Parameters.AddDouble(state.RingSeconds);
        save.Parameters.AddDouble(state.TalkSeconds);
        save.Parameters.AddText(state.AnsweredBy);
        save.Parameters.AddText(state.SipResponseCode);
        save.Parameters.AddTimestamp(time.GetUtcNow());
        if (await save.ExecuteScalarAsync(cancellationToken) is Guid lead)
        {
            work.NoteChange(new LeadId(lead), CallChanged);
        }

        return state;
    }

    /// <summary>Finds the lead of a call. Returns null if the lead is not known.</summary>
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

    /// <summary>Assigns a call to a lead. The method does nothing if the call already has a lead or is not stored.</summary>
    public static async Task AssignLeadAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = CreateAssignLeadCommand(work, callSid, lead);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken))
        {
            work.NoteChange(lead, CallChanged);
        }
    }

    /// <summary>
    /// Assigns a call to a lead and, if a status has been reported, raises the event with the call's status. The method does nothing if the
    /// call already has a lead or is not stored. Use this method where another source than the call's own statuses identifies the lead.
    /// </summary>
    public static async Task AssignLeadAndRaiseStatusAsync(UnitOfWork work, string? callSid, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = CreateAssignLeadCommand(work, callSid, lead);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken) && !row.IsDBNull(0))
        {
            var state = new CallState(
                row.GetString(0),
                row.GetTimeOrNull(1),
                row.GetTimeOrNull(2),
                row.GetTimeOrNull(3),
                row.IsDBNull(4) ? null : row.GetDouble(4),
                row.IsDBNull(5) ? null : row.GetDouble(5),
                row.GetTextOrNull(6),
                row.GetTextOrNull(7));
            CallEvents.RaiseStatus(
                work, lead, callSid!, row.GetTextOrNull(8), state, row.GetFieldValue<DateTimeOffset>(9));
        }
    }

    private static NpgsqlCommand CreateAssignLeadCommand(UnitOfWork work, string? callSid, LeadId lead)
    {
        var command = work.CreateCommand(AssignLeadSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddUuid(lead.Value);
        return command;
    }

    private static async Task<List<CallReport>> ReadReportsAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReportsSql);
        command.Parameters.AddText(callSid);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var reports = new List<CallReport>();
        while (await row.ReadAsync(cancellationToken))
        {
            reports.Add(new CallReport(
                row.GetString(0),
                row.GetInt32(1),
                row.GetTimeOrNull(2),
                row.IsDBNull(3) ? null : row.GetDouble(3),
                row.GetTextOrNull(4),
                row.GetTextOrNull(5)));
        }

        return reports;
    }
}
