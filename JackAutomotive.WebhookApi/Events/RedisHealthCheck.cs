using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>Degraded while Redis does not answer: deliveries are taken in and handled all the same.</summary>
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
            return new HealthCheckResult(context.Registration.FailureStatus, "events wait in the outbox: Redis does not answer", e);
        }
    }
}
