using JackAutomotive.Realtime.Feeds.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace JackAutomotive.Realtime.Streams;

/// <summary>Reports Degraded while Redis is down, because streams continue from Postgres with a delay.</summary>
internal sealed class RedisHealth(RedisLink link) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (isUp, since) = link.State;
        return Task.FromResult(isUp
            ? HealthCheckResult.Healthy($"messages have arrived through Redis since {since:O}")
            : HealthCheckResult.Degraded($"Redis has been down since {since:O}; streams continue from Postgres"));
    }
}

/// <summary>Reports Unhealthy while Postgres is unavailable, and until the tables that streams read exist.</summary>
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
                : HealthCheckResult.Unhealthy("the table lead_events does not exist yet: webhook-api creates it when it starts");
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("Postgres is unavailable: running streams continue, replays wait, leads not watched yet get 503", e);
        }
    }
}
