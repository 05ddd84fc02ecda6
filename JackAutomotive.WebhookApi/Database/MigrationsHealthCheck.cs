using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Healthy once every migration script has been applied.</summary>
internal sealed class MigrationsHealthCheck(DatabaseMigrator migrator) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(migrator.Newest is { } newest
            ? HealthCheckResult.Healthy($"{newest} is applied")
            : HealthCheckResult.Unhealthy("no migration script has been applied yet"));
}
