using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.ProviderSimulator;

/// <summary>Degraded while a provider's secret is missing, because the simulator can still stand in for the other provider.</summary>
internal sealed class SettingCheck(Func<string> require) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            require();
            return Task.FromResult(HealthCheckResult.Healthy());
        }
        catch (SettingMissingException missing)
        {
            return Task.FromResult(HealthCheckResult.Degraded(missing.Message));
        }
    }
}
