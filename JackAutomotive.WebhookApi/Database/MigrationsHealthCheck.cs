using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Reports the newest applied script. The web server starts after the last script, so its clients see all scripts applied.</summary>
internal sealed class MigrationsHealthCheck(DatabaseMigrator migrator) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(migrator.NewestScript is { } newest
            ? HealthCheckResult.Healthy($"{newest} is applied")
            : HealthCheckResult.Unhealthy("no migration script has been applied yet"));
}
