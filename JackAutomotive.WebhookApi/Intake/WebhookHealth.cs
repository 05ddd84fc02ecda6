using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>The health of one webhook endpoint over all instances. The report is public, so it contains no secrets.</summary>
/// <param name="Status">
/// <c>ok</c>, <c>not configured</c>, <c>stale backlog</c>, <c>spooling</c> (Postgres takes no deliveries, so this instance stores them on its
/// disk) or <c>storage unavailable</c>.
/// </param>
/// <param name="Configured">Whether the endpoint's secret is set.</param>
/// <param name="MissingSetting">The name of the missing setting, or null.</param>
/// <param name="LastAccepted">When the last stored delivery was received.</param>
/// <param name="LastRejected">When the last delivery was rejected, and why.</param>
/// <param name="Backlog">The deliveries that wait to be handled.</param>
/// <param name="Parked">The number of parked deliveries.</param>
internal sealed record WebhookHealthReport(
    string Status,
    bool Configured,
    string? MissingSetting,
    DateTimeOffset? LastAccepted,
    LastRejection? LastRejected,
    Backlog? Backlog,
    long? Parked);

internal sealed record LastRejection(DateTimeOffset At, string Reason);

/// <summary>Unhandled deliveries.</summary>
/// <param name="Count">The number of deliveries, counted up to <see cref="WebhookHealth.CountLimit"/>.</param>
/// <param name="OldestReceivedAt">When the oldest delivery was received; null if there is none.</param>
/// <param name="OldestAgeSeconds">The age of the oldest delivery.</param>
internal sealed record Backlog(long Count, DateTimeOffset? OldestReceivedAt, double? OldestAgeSeconds);

/// <summary>
/// Answers GET and HEAD on a webhook's own URL: 200 if the webhook works, 503 if it does not. Anyone on the internet can ask, so all requests
/// of about a second share one query for each webhook.
/// </summary>
internal sealed class WebhookHealth(NpgsqlDataSource database, OutageSpool spool, IOptions<IntakeOptions> options, TimeProvider time)
{
    /// <summary>The limit of each count, so that the query stays cheap with a large backlog.</summary>
    internal const int CountLimit = 10_000;

    private const string ReadSql = """
        SELECT
            (SELECT max(received_at) FROM inbox WHERE topic = $1),
            rejection.rejected_at,
            rejection.reason,
            (SELECT count(*) FROM (SELECT FROM inbox WHERE topic = $1 AND state = 'pending' LIMIT $2) AS waiting),
            (SELECT min(received_at) FROM inbox WHERE topic = $1 AND state = 'pending'),
            (SELECT count(*) FROM (SELECT FROM inbox WHERE topic = $1 AND state = 'parked' LIMIT $2) AS parked)
        FROM (SELECT) AS one
        LEFT JOIN LATERAL (
            SELECT rejected_at, reason FROM rejected_deliveries WHERE topic = $1
            ORDER BY rejected_at DESC, id DESC LIMIT 1) AS rejection ON true
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    // Real time instead of TimeProvider: the limit protects Postgres.
    private static readonly TimeSpan s_reuseFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, SharedRead> _reads = new(StringComparer.Ordinal);

    /// <summary>Reports the health of an endpoint.</summary>
    public async Task<JsonHttpResult<WebhookHealthReport>> AnswerAsync(
        WebhookEndpoint endpoint,
        string? missingSetting,
        CancellationToken cancellationToken)
    {
        var report = await ReadSharedAsync(endpoint.Topic, missingSetting).WaitAsync(cancellationToken);
        if (spool.IsInUse && report.Status != "not configured")
        {
            report = report with { Status = "spooling" };
        }

        return TypedResults.Json(
            report,
            statusCode: report.Status == "ok" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    // Requests that arrive while the query runs wait for it. The query belongs to no request, so no request can cancel it for the others.
    private Task<WebhookHealthReport> ReadSharedAsync(string topic, string? missingSetting)
    {
        while (true)
        {
            var known = _reads.GetValueOrDefault(topic);
            if (known is { IsReusable: true })
            {
                return known.Report;
            }

            var next = new SharedRead(() => BuildReportAsync(topic, missingSetting));
            if (known is null ? _reads.TryAdd(topic, next) : _reads.TryUpdate(topic, next, known))
            {
                return next.Report;
            }
        }
    }

    private async Task<WebhookHealthReport> BuildReportAsync(string topic, string? missingSetting)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            await using var command = database.CreateCommand(ReadSql);
            command.Parameters.AddText(topic);
            command.Parameters.AddInteger(CountLimit);
            await using var row = await command.ExecuteReaderAsync(timeout.Token);
            await row.ReadAsync(timeout.Token);
            return BuildReport(row, missingSetting);
        }
        catch (Exception e) when (e is OperationCanceledException || DatabaseErrors.IsOutage(e))
        {
            return new WebhookHealthReport("storage unavailable", missingSetting is null, missingSetting, null, null, null, null);
        }
    }

    private WebhookHealthReport BuildReport(NpgsqlDataReader row, string? missingSetting)
    {
        var oldest = row.GetTimeOrNull(4);
        var age = time.GetUtcNow() - oldest;
        var status = missingSetting is not null ? "not configured" : age > options.Value.StaleAfter ? "stale backlog" : "ok";
        return new WebhookHealthReport(
            status,
            missingSetting is null,
            missingSetting,
            row.IsDBNull(0) ? null : row.GetFieldValue<DateTimeOffset>(0),
            row.IsDBNull(1) ? null : new LastRejection(row.GetFieldValue<DateTimeOffset>(1), row.GetString(2)),
            new Backlog(row.GetInt64(3), oldest, age?.TotalSeconds),
            row.GetInt64(5));
    }

    /// <summary>One query and its result, for all requests of about a second.</summary>
    private sealed class SharedRead(Func<Task<WebhookHealthReport>> read)
    {
        private readonly Lazy<Task<WebhookHealthReport>> _report = new(read);
        private readonly long _createdAt = Stopwatch.GetTimestamp();

        public Task<WebhookHealthReport> Report => _report.Value;

        public bool IsReusable =>
            !_report.IsValueCreated || !Report.IsCompleted || (Report.IsCompletedSuccessfully && Stopwatch.GetElapsedTime(_createdAt) < s_reuseFor);
    }
}
