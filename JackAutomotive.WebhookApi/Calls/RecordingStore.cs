using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>
/// Stores recordings: the reported statuses of each recording, and the state that follows from them. The caller must hold the call's lock,
/// see <see cref="CallStore.LockAsync"/>.
/// </summary>
internal sealed class RecordingStore(TimeProvider time)
{
    private const string BeginSql = """
        INSERT INTO recordings (recording_sid, call_sid, created_at, updated_at) VALUES ($1, $2, $3, $3)
        ON CONFLICT (recording_sid) DO NOTHING
        """;

    private const string AddSql = """
        INSERT INTO recording_statuses (
            recording_sid, status, url, duration_seconds, channels, source, track, started_at, error_code, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (recording_sid, status) DO NOTHING
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

    private const string AnnounceSql = """
        UPDATE recordings SET announced = true WHERE call_sid = $1 AND status = $2 AND NOT announced
        RETURNING recording_sid, duration_seconds, channels
        """;

    /// <summary>Stores a report of a recording and the state that follows from all its reports. The call must already be stored.</summary>
    public async Task AddAsync(
        UnitOfWork work,
        string recordingSid,
        string callSid,
        RecordingReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using var begin = work.CreateCommand(BeginSql);
        begin.Parameters.AddText(recordingSid);
        begin.Parameters.AddText(callSid);
        begin.Parameters.AddTimestamp(time.GetUtcNow());
        await begin.ExecuteNonQueryAsync(cancellationToken);

        await WriteAsync(work, AddSql, recordingSid, report, receivedAt, cancellationToken);
        if (RecordingProgress.FromReports(await ReadReportsAsync(work, recordingSid, cancellationToken)) is { } state)
        {
            await WriteAsync(work, SaveSql, recordingSid, state, time.GetUtcNow(), cancellationToken);
        }
    }

    /// <summary>
    /// Announces the completed recordings of a call to the lead's watchers, each recording once. Call this method when a recording is
    /// reported and when the lead becomes known. The method does nothing while no recording is completed or no lead is known.
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

        await using var command = work.CreateCommand(AnnounceSql);
        command.Parameters.AddText(callSid);
        command.Parameters.AddText(RecordingProgress.Completed);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            work.Raise(knownLead, LeadEventTypes.RecordingAvailable, at, new
            {
                RecordingSid = row.GetString(0),
                CallSid = callSid,
                DurationSeconds = row.IsDBNull(1) ? (int?)null : row.GetInt32(1),
                Channels = row.IsDBNull(2) ? (int?)null : row.GetInt32(2),
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
