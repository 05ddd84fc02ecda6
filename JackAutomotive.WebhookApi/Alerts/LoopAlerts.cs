using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>Finds background loops of this instance that do not work.</summary>
internal sealed class LoopAlerts(HealthCheckService health) : IAlertSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = [AlertKinds.LoopFailing];

    /// <inheritdoc/>
    public bool IsOfInstance => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AlertCondition>> FindAsync(CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(check => check.Name == "loops", cancellationToken);
        return
        [
            .. report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
                .Select(entry => new AlertCondition(AlertKinds.LoopFailing, entry.Key, entry.Value.Description ?? "A background loop does not work.")),
        ];
    }
}
