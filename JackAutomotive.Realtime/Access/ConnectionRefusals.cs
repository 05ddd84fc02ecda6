using System.Globalization;
using System.Threading.RateLimiting;

namespace JackAutomotive.Realtime.Access;

/// <summary>Answers a refused stream. Every refusal is counted, but few are logged, because any caller can cause refusals.</summary>
internal sealed partial class ConnectionRefusals(AccessMetrics metrics, ILogger<ConnectionRefusals> logger) : IDisposable
{
    private readonly TokenBucketRateLimiter _logRate = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 10,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(10),
        QueueLimit = 0,
    });

    public Task AnswerAsync(HttpContext context, ConnectionRefusal refusal, Viewer? viewer)
    {
        var reason = ReasonOf(refusal);
        metrics.CountRefused(reason);
        using var logLease = _logRate.AttemptAcquire();
        if (logLease.IsAcquired)
        {
            LogRefused(reason, viewer?.Key);
        }

        context.Response.Headers.RetryAfter = SecondsUntilRetry(refusal).ToString(CultureInfo.InvariantCulture);
        return Problems.ConnectionRefused(refusal).ExecuteAsync(context);
    }

    /// <inheritdoc/>
    public void Dispose() => _logRate.Dispose();

    // Random, so that clients that were refused at the same moment do not retry at the same moment.
    private static int SecondsUntilRetry(ConnectionRefusal refusal) =>
        refusal is ConnectionRefusal.ConnectRateLimit ? Random.Shared.Next(1, 6) : Random.Shared.Next(5, 16);

    private static string ReasonOf(ConnectionRefusal refusal) => refusal switch
    {
        ConnectionRefusal.ConnectRateLimit => "connect-rate",
        ConnectionRefusal.KeyLimit => "key-limit",
        ConnectionRefusal.ViewerLimit => "viewer-limit",
        _ => "limit",
    };

    [LoggerMessage(LogLevel.Warning, "Refused a stream because of the limit '{Reason}' (API key {Key})")]
    private partial void LogRefused(string reason, string? key);
}
