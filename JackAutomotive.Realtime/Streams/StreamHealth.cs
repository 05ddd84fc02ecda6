using JackAutomotive.Realtime.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace JackAutomotive.Realtime.Events;

/// <summary>Degraded while Redis is away: streams go on from Postgres, only later.</summary>
internal sealed class RedisHealth(RedisLink link) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (isUp, since) = link.State;
        return Task.FromResult(isUp
            ? HealthCheckResult.Healthy($"messages come through Redis since {since:O}")
            : HealthCheckResult.Degraded($"Redis is away since {since:O}; streams go on from Postgres"));
    }
}

/// <summary>Unhealthy until the tables that streams are read from exist.</summary>
internal sealed class SchemaHealth(NpgsqlDataSource database) : IHealthCheck
{
    private const string Sql = "SELECT to_regclass('leads') IS NOT NULL AND to_regclass('lead_events') IS NOT NULL";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand(Sql);
            return await command.ExecuteScalarAsync(cancellationToken) is true
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("the table lead_events does not exist yet: webhook-api makes it when it starts");
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("Postgres is away: running streams go on, new ones and replays wait", e);
        }
    }
}
