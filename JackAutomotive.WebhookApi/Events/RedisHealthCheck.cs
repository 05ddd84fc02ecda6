using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>Reports the service as degraded while Redis does not answer, because deliveries are still accepted and handled.</summary>
internal sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        try
        {
            await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer; events wait in the outbox", e);
        }
    }
}
