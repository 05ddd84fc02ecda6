using System.Diagnostics;
using System.Threading.RateLimiting;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// Records rejected deliveries: the sender, the time and the reason, but never the content. Anyone on the internet can cause rejections, so
/// each instance limits the rate of rows and log lines; the metric counts every rejection.
/// </summary>
internal sealed partial class RejectionLog(
    NpgsqlDataSource database,
    WebhookApiMetrics metrics,
    DeliveryAlerts alerts,
    TimeProvider time,
    ILogger<RejectionLog> logger) : IDisposable
{
    private const string InsertSql = """
        INSERT INTO rejected_deliveries (source, topic, reason, remote_address, user_agent, body_bytes, trace_id, rejected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const int MaxUserAgentLength = 200;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    private readonly TokenBucketRateLimiter _recordLimiter = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 200,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    /// <summary>
    /// Counts a rejection, and logs and stores it within the rate limit. A failure of Postgres is only logged, and the call takes about a second
    /// at most.
    /// </summary>
    public async Task RecordAsync(HttpContext context, WebhookEndpoint endpoint, Rejection rejection)
    {
        metrics.CountRejected(endpoint.Topic, rejection.Reason);
        using var permit = _recordLimiter.AttemptAcquire();
        if (!permit.IsAcquired)
        {
            return;
        }

        LogRejected(endpoint.Topic, rejection.BodyBytes, rejection.Reason);
        if (rejection.Reason == Rejection.Method)
        {
            alerts.ReportWrongMethod(endpoint.Topic);
        }

        try
        {
            using var timeout = new CancellationTokenSource(s_timeout);
            await InsertAsync(context, endpoint, rejection, timeout.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            LogNotStored(e.GetType().Name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _recordLimiter.Dispose();

    private async Task InsertAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        Rejection rejection,
        CancellationToken cancellationToken)
    {
        var userAgent = PlainText.Clean(context.Request.Headers.UserAgent.ToString());
        await using var command = database.CreateCommand(InsertSql);
        command.Parameters.AddText(endpoint.Source);
        command.Parameters.AddText(endpoint.Topic);
        command.Parameters.AddText(rejection.Reason);
        command.Parameters.AddText(context.Connection.RemoteIpAddress?.ToString());
        command.Parameters.AddText(userAgent.Length <= MaxUserAgentLength ? userAgent : PlainText.Clean(userAgent[..MaxUserAgentLength]));
        command.Parameters.AddBigint(rejection.BodyBytes);
        command.Parameters.AddText(Activity.Current?.TraceId.ToHexString());
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: refused a delivery of {Bytes} bytes: {Reason}")]
    private partial void LogRejected(string topic, long bytes, string reason);

    [LoggerMessage(LogLevel.Warning, "A rejected delivery could not be recorded: {Error}")]
    private partial void LogNotStored(string error);
}
