using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Reports the spool: unhealthy if deliveries are rejected because the spool cannot take them, degraded while deliveries wait in the spool
/// or files in its folder need a person.
/// </summary>
internal sealed class SpoolHealthCheck(OutageSpool spool, KeptDeliveries kept) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(Describe());

    private HealthCheckResult Describe()
    {
        if (spool.RecentFailure is { } failure)
        {
            return HealthCheckResult.Unhealthy($"deliveries are answered 503, because the spool cannot take them: {failure}");
        }

        if (spool.IsInUse)
        {
            return HealthCheckResult.Degraded($"Postgres takes no deliveries; {spool.WaitingBytes} bytes of deliveries wait in the spool");
        }

        return kept.Count() is > 0 and var count
            ? HealthCheckResult.Degraded($"{count} files in the spool's folder need a person; GET /api/spool/kept lists them")
            : HealthCheckResult.Healthy("no delivery waits in the spool");
    }
}
