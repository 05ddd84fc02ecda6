using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>A recording and what it is a recording of: a call, a conference, or a call in a conference.</summary>
/// <param name="RecordingSid">Twilio's id of the recording.</param>
/// <param name="CallSid">Twilio's id of the call; null for a recording of a whole conference.</param>
/// <param name="ConferenceSid">Twilio's id of the conference, or null.</param>
internal sealed record RecordedSource(string RecordingSid, string? CallSid, string? ConferenceSid);

/// <summary>
/// Stores recordings: the reported statuses of each recording, and the state that follows from them. The caller must hold the call's lock,
/// see <see cref="CallStore.LockAsync"/>.
/// </summary>
internal sealed class RecordingStore(TimeProvider time)
{
    private const string BeginSql = """
        INSERT INTO recordings AS stored (recording_sid, call_sid, conference_sid, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (recording_sid) DO UPDATE SET
            call_sid = coalesce(stored.call_sid, EXCLUDED.call_sid), conference_sid = coalesce(stored.conference_sid, EXCLUDED.conference_sid)
        """;

    private const string AddSql = """
        INSERT INTO recording_statuses (
            recording_sid, status, url, duration_seconds, channels, source, track, started_at, error_code, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (recording_sid, status) DO UPDATE SET
            url = EXCLUDED.url, duration_seconds = EXCLUDED.duration_seconds, channels = EXCLUDED.channels, source = EXCLUDED.source,
            track = EXCLUDED.track, started_at = EXCLUDED.started_at, error_code = EXCLUDED.error_code
        """;

    private const string ReportsSql = """
        SELECT status, url, duration_seconds, channels, source, track, started_at, error_code
        FROM recording_statuses WHERE recording_sid = $1
        """;

    private const string SaveSql = """
        UPDATE recordings SET status = $2, url = $3, duration_seconds = $4, channels = $5, source = $6, track = $7, started_at = $8,
            error_code = $9, updated_at = $10
        WHERE recording_sid = $1
            AND (status, url, duration_seconds, channels, source, track, started_at, error_code)
                IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9)
        """;

    // A recording of a conference may arrive at the same moment as the lead of one of its calls. The lock lets one of both see the other.
    private const string LockConferencesSql = """
        SELECT pg_advisory_xact_lock(hashtextextended(conference_sid, 0)) FROM (
            SELECT conference_sid FROM call_conferences WHERE call_sid = $1 ORDER BY conference_sid) AS conference
        """;

    private const string AnnounceSql = """
        UPDATE recordings SET announced = true, conference_lead_id = CASE WHEN call_sid IS NULL THEN $3 END
        WHERE NOT announced AND status = $2 AND recording_sid = ANY (ARRAY(
            SELECT recording_sid FROM recordings WHERE call_sid = $1
            UNION ALL
            SELECT recording_sid FROM call_conferences JOIN recordings USING (conference_sid) WHERE call_conferences.call_sid = $1))
        RETURNING recording_sid, call_sid, conference_sid, duration_seconds, channels
        """;

    private const string AnnounceOfConferenceSql = """
        UPDATE recordings SET announced = true, conference_lead_id = CASE WHEN call_sid IS NULL THEN $3 END
        WHERE NOT announced AND status = $2 AND conference_sid = $1
        RETURNING recording_sid, call_sid, conference_sid, duration_seconds, channels
        """;

    /// <summary>
    /// Locks the conferences that a call takes part in until the unit of work ends. To avoid a deadlock, take this lock after the call's lock
    /// and before the call's recordings are stored.
    /// </summary>
    public static async Task LockConferencesAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockConferencesSql);
        command.Parameters.AddText(callSid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Stores a report of a recording and the state that follows from all its reports. The call, if there is one, must already be stored.
    /// </summary>
    /// <returns>Whether the report contradicts an earlier report about the same status.</returns>
    public async Task<bool> AddAsync(
        UnitOfWork work,
        RecordedSource source,
        RecordingReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using var begin = work.CreateCommand(BeginSql);
        begin.Parameters.AddText(source.RecordingSid);
        begin.Parameters.AddText(source.CallSid);
        begin.Parameters.AddText(source.ConferenceSid);
        begin.Parameters.AddTimestamp(time.GetUtcNow());
        await begin.ExecuteNonQueryAsync(cancellationToken);

        var stored = await ReadReportsAsync(work, source.RecordingSid, cancellationToken);
        var combined = stored.Where(other => other.Status == report.Status).Aggregate(report, (one, other) => one.Combine(other));
        await WriteAsync(work, AddSql, source.RecordingSid, combined, receivedAt, cancellationToken);
        if (RecordingProgress.FromReports([.. stored, report]) is { } state)
        {
            await WriteAsync(work, SaveSql, source.RecordingSid, state, time.GetUtcNow(), cancellationToken);
        }

        return stored.Any(report.Contradicts);
    }

    /// <summary>
    /// Announces the completed recordings of a call, and of the conferences that the call took part in, to the lead's watchers, each recording
    /// once. Call this method when a recording is reported and when the lead becomes known. The method does nothing while no recording is
    /// completed or no lead is known.
    /// </summary>
    public static async Task AnnounceAsync(
        UnitOfWork work,
        string? callSid,
        LeadId? lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (callSid is null || lead is not { } knownLead)
        {
            return;
        }

        await LockConferencesAsync(work, callSid, cancellationToken);
        await AnnounceAsync(work, AnnounceSql, callSid, knownLead, at, cancellationToken);
    }

    /// <summary>
    /// Announces the completed recordings of a conference to the watchers of the lead who takes part in it, each recording once. The caller
    /// must hold the conference's lock, see <see cref="CallStore.LockAsync"/>.
    /// </summary>
    public static async Task AnnounceOfConferenceAsync(
        UnitOfWork work,
        string conferenceSid,
        LeadId? lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (lead is { } knownLead)
        {
            await AnnounceAsync(work, AnnounceOfConferenceSql, conferenceSid, knownLead, at, cancellationToken);
        }
    }

    private static async Task AnnounceAsync(
        UnitOfWork work,
        string sql,
        string id,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddText(id);
        command.Parameters.AddText(RecordingProgress.Completed);
        command.Parameters.AddUuid(lead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            work.Raise(lead, LeadEventTypes.RecordingAvailable, at, new
            {
                RecordingSid = row.GetString(0),
                CallSid = row.GetTextOrNull(1),
                ConferenceSid = row.GetTextOrNull(2),
                DurationSeconds = row.IsDBNull(3) ? (int?)null : row.GetInt32(3),
                Channels = row.IsDBNull(4) ? (int?)null : row.GetInt32(4),
            });
        }
    }

    private static async Task WriteAsync(
        UnitOfWork work,
        string sql,
        string recordingSid,
        RecordingReport report,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddText(recordingSid);
        command.Parameters.AddText(report.Status);
        command.Parameters.AddText(report.Url);
        command.Parameters.AddInteger(report.DurationSeconds);
        command.Parameters.AddInteger(report.Channels);
        command.Parameters.AddText(report.Source);
        command.Parameters.AddText(report.Track);
        command.Parameters.AddTimestamp(report.StartedAt);
        command.Parameters.AddText(report.ErrorCode);
        command.Parameters.AddTimestamp(at);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<RecordingReport>> ReadReportsAsync(
        UnitOfWork work,
        string recordingSid,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReportsSql);
        command.Parameters.AddText(recordingSid);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var reports = new List<RecordingReport>();
        while (await row.ReadAsync(cancellationToken))
        {
            reports.Add(new RecordingReport(
                row.GetString(0),
                row.GetTextOrNull(1),
                row.IsDBNull(2) ? null : row.GetInt32(2),
                row.IsDBNull(3) ? null : row.GetInt32(3),
                row.GetTextOrNull(4),
                row.GetTextOrNull(5),
                row.GetTimeOrNull(6),
                row.GetTextOrNull(7)));
        }

        return reports;
    }
}
