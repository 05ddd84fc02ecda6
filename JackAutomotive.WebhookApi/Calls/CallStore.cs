using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>What a report of a call has changed.</summary>
/// <param name="State">The new state of the call.</param>
/// <param name="IsNews">Whether watchers need to know that the state has changed.</param>
/// <param name="IsContradiction">Whether the report contradicts an earlier report about the same callback.</param>
internal sealed record CallUpdate(CallState State, bool IsNews, bool IsContradiction);

/// <summary>Stores telephone calls: the reported statuses of each call, and the state that follows from them.</summary>
internal sealed class CallStore(TimeProvider time)
{
    // An advisory lock, not a row lock, because the call may have no row yet.
    // The parent comes first, so that a call and its legs take their locks in one order.
    private const string LockSql = """
        SELECT pg_advisory_xact_lock(hashtextextended(call_sid, 0)) FROM (
            SELECT call_sid FROM (
                SELECT parent_call_sid, 1 FROM calls WHERE call_sid = $1
                UNION SELECT $2, 1
                UNION SELECT $1, 2) AS family (call_sid, position)
            WHERE call_sid IS NOT NULL ORDER BY position, call_sid) AS in_order
        """;

    private const string BeginSql = """
        INSERT INTO calls (call_sid, parent_call_sid, direction, from_number, to_number, created_at, updated_at, began_at, delivery_id)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)
        ON CONFLICT (call_sid) DO UPDATE SET
            parent_call_sid = coalesce(calls.parent_call_sid, EXCLUDED.parent_call_sid),
            direction = coalesce(calls.direction, EXCLUDED.direction),
            from_number = coalesce(calls.from_number, EXCLUDED.from_number),
            to_number = coalesce(calls.to_number, EXCLUDED.to_number)
        RETURNING status, lead_id
        """;

    private const string AddSql = """
        INSERT INTO call_statuses (call_sid, status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (call_sid, status, sequence) DO UPDATE SET
            occurred_at = EXCLUDED.occurred_at, talk_seconds = EXCLUDED.talk_seconds, answered_by = EXCLUDED.answered_by,
            sip_response_code = EXCLUDED.sip_response_code
        """;

    private const string ReportsSql = """
        SELECT status, sequence, occurred_at, talk_seconds, answered_by, sip_response_code FROM call_statuses WHERE call_sid = $1
        """;

    private const string SaveSql = """
        UPDATE calls SET status = $2, ringing_at = $3, answered_at = $4, ended_at = $5, ring_seconds = $6, talk_seconds = $7,
            answered_by = $8, sip_response_code = $9, updated_at = $10, began_at = least(began_at, $11)
        WHERE call_sid = $1
            AND (status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code, began_at)
                IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9, least(began_at, $11))
        """;

    private const string JoinConferenceSql = """
        INSERT INTO call_conferences (call_sid, conference_sid) VALUES ($1, $2) ON CONFLICT DO NOTHING
        """;

    private const string FindLeadOfConferenceSql = """
        SELECT lead_id FROM call_conferences JOIN calls USING (call_sid)
        WHERE conference_sid = $1 AND lead_id IS NOT NULL ORDER BY call_sid LIMIT 1
        """;

    private const string FindLeadSql = "SELECT lead_id FROM calls WHERE call_sid = $1";

    private const string FindResultSql = "SELECT status, answered_by, sip_response_code FROM calls WHERE call_sid = $1";

    // The parent, the legs and the other legs of the parent. A parent counts even if only its legs are stored.
    private const string RelativesSql = """
        WITH RECURSIVE family (call_sid, parent_call_sid) AS (
            SELECT $1, (SELECT parent_call_sid FROM calls WHERE call_sid = $1)
            UNION
            SELECT relative.call_sid, relative.parent_call_sid FROM family JOIN LATERAL (
                SELECT family.parent_call_sid AS call_sid, (SELECT parent_call_sid FROM calls WHERE call_sid = family.parent_call_sid)
                WHERE family.parent_call_sid IS NOT NULL
                UNION ALL
                SELECT call_sid, parent_call_sid FROM calls WHERE parent_call_sid = family.call_sid) AS relative ON true)
        SELECT DISTINCT call_sid FROM family WHERE call_sid <> $1 ORDER BY call_sid LIMIT 50
        """;

    private const string AssignLeadSql = """
        UPDATE calls SET lead_id = $2, matched_by = $3, contradictions = $4::jsonb WHERE call_sid = $1 AND lead_id IS NULL
        RETURNING status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds, answered_by, sip_response_code,
            direction, coalesce(ended_at, answered_at, ringing_at, updated_at)
        """;

    /// <summary>
    /// Locks the call until the unit of work ends. The statuses, the recordings and the transcript of a call arrive independently, and the
    /// handler of each must see what the others have stored. To avoid a deadlock, take this lock before any row lock. The method does
    /// nothing if <paramref name="callSid"/> is null.
    /// </summary>
    public static Task LockAsync(UnitOfWork work, string? callSid, CancellationToken cancellationToken) =>
        LockWithParentAsync(work, callSid, parentCallSid: null, cancellationToken);

    /// <summary>
    /// Locks the call and its parent, see <see cref="LockAsync"/>. The legs of a call need the parent's lock, because each leg may identify
    /// the lead of the others. The method finds a parent that is stored already.
    /// </summary>
    public static async Task LockWithParentAsync(UnitOfWork work, string? callSid, string? parentCallSid, CancellationToken cancellationToken)
    {
        if (callSid is null)
        {
            return;
        }

        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddText(parentCallSid);
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
        command.Parameters.AddBigint(work.DeliveryId);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetTextOrNull(0), row.IsDBNull(1) ? null : new LeadId(row.GetGuid(1)));
    }

    /// <summary>Stores a report of a call and the state that follows from all its reports. The caller must hold the call's lock.</summary>
    public async Task<CallUpdate> AddAsync(
        UnitOfWork work,
        string callSid,
        CallReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        var stored = await ReadReportsAsync(work, callSid, cancellationToken);
        var combined = stored.Where(report.IsSameStatus).Aggregate(report, (one, other) => one.Combine(other));
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddText(callSid);
        add.Parameters.AddText(combined.Status);
        add.Parameters.AddInteger(combined.Sequence);
        add.Parameters.AddTimestamp(combined.At);
        add.Parameters.AddDouble(combined.TalkSeconds);
        add.Parameters.AddText(combined.AnsweredBy);
        add.Parameters.AddText(combined.SipResponseCode);
        add.Parameters.AddTimestamp(receivedAt);
        await add.ExecuteNonQueryAsync(cancellationToken);

        var state = CallProgress.FromReports([.. stored, report]);
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
        save.Parameters.AddTimestamp(stored.Append(report).Min(known => known.At));
        await save.ExecuteNonQueryAsync(cancellationToken);
        return new CallUpdate(state, state.IsNewsAfter(CallProgress.FromReports(stored)), stored.Any(report.Contradicts));
    }

    /// <summary>Stores that a call takes part in a conference. The call must already be stored.</summary>
    public static async Task JoinConferenceAsync(UnitOfWork work, string callSid, string conferenceSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(JoinConferenceSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddText(conferenceSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Finds the lead who takes part in a conference. Returns null if no lead is known to do so.</summary>
    public static async Task<LeadId?> FindLeadOfConferenceAsync(UnitOfWork work, string conferenceSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindLeadOfConferenceSql);
        command.Parameters.AddText(conferenceSid);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
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

    /// <summary>Finds the result of a call as its statuses show it. Returns null while the call has none.</summary>
    public static async Task<CallResult?> FindResultAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindResultSql);
        command.Parameters.AddText(callSid);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? CallResults.Of(row.GetTextOrNull(0), row.GetTextOrNull(1), row.GetTextOrNull(2))
            : null;
    }

    /// <summary>Returns the CallSids of the parent of a call, of its legs, and of the parent's other legs.</summary>
    public static async Task<IReadOnlyList<string>> FindRelativesAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(RelativesSql);
        command.Parameters.AddText(callSid);
        return await command.ReadAllAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>Assigns a call to a lead. The method does nothing if the call already has a lead or is not stored.</summary>
    public static async Task AssignLeadAsync(
        UnitOfWork work,
        string callSid,
        LeadId lead,
        MatchPath path,
        CancellationToken cancellationToken)
    {
        await using var command = CreateAssignLeadCommand(work, callSid, lead, path);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Assigns a call to a lead, raises the event with the call's status if a status has been reported, and announces the call's completed
    /// recordings. The method does nothing if the call already has a lead or is not stored. Use this method where another source than the
    /// call's own statuses identifies the lead.
    /// </summary>
    public static async Task AssignLeadAndAnnounceAsync(
        UnitOfWork work,
        string callSid,
        LeadId lead,
        MatchPath path,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await using (var command = CreateAssignLeadCommand(work, callSid, lead, path))
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken))
            {
                return;
            }

            if (!row.IsDBNull(0))
            {
                RaiseStatus(work, callSid, lead, row);
            }
        }

        await RecordingStore.AnnounceAsync(work, callSid, lead, at, cancellationToken);
    }

    private static void RaiseStatus(UnitOfWork work, string callSid, LeadId lead, NpgsqlDataReader row)
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
        CallEvents.RaiseStatus(work, lead, callSid, row.GetTextOrNull(8), state, row.GetFieldValue<DateTimeOffset>(9));
    }

    private static NpgsqlCommand CreateAssignLeadCommand(UnitOfWork work, string callSid, LeadId lead, MatchPath path)
    {
        var command = work.CreateCommand(AssignLeadSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(path.MatchedBy);
        command.Parameters.AddText(path.ContradictionsJson);
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
