using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.AppHost;

internal static class EagerHealthChecks
{
    /// <summary>
    /// Makes every health check notice the start of its resource at once. Aspire repeats a failed check after one second, then after
    /// two, three and so on, so each link of a chain of waiting resources would lose seconds. An eager check repeats itself every
    /// <see cref="Interval"/> until it succeeds for the first time, for at most <see cref="Patience"/>. Then it is an ordinary check.
    /// </summary>
    public static void AddEagerHealthChecks(this IDistributedApplicationBuilder builder) =>
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var registration in options.Registrations)
            {
                var factory = registration.Factory;
                var start = new StartState();
                registration.Factory = services => new EagerHealthCheck(factory(services), start, services.GetRequiredService<TimeProvider>());
            }
        });

    private static TimeSpan Interval => TimeSpan.FromMilliseconds(100);

    private static TimeSpan Patience => TimeSpan.FromSeconds(20);

    // Outlives the checks, which the health check service creates anew each time.
    private sealed class StartState
    {
        public volatile bool WasHealthy;
    }

    private sealed class EagerHealthCheck(IHealthCheck check, StartState start, TimeProvider time) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var began = time.GetTimestamp();
            while (true)
            {
                var result = await CheckOnceAsync(context, cancellationToken);
                start.WasHealthy |= result.Status == HealthStatus.Healthy;
                if (start.WasHealthy || time.GetElapsedTime(began) > Patience)
                {
                    return result;
                }

                await Task.Delay(Interval, time, cancellationToken);
            }
        }

        // Some checks report a failure with an exception.
        private async Task<HealthCheckResult> CheckOnceAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            try
            {
                return await check.CheckHealthAsync(context, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return HealthCheckResult.Unhealthy(e.Message, e);
            }
        }
    }
}
