using JackAutomotive.WebhookApi.Alerts;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Finds a spool that needs a person: it keeps files, or the local disk takes no deliveries.</summary>
internal sealed class SpoolAlertSource(OutageSpool spool, KeptDeliveries kept) : IAlertSource
{
    private readonly SpoolHealthCheck _health = new(spool, kept);

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = [AlertKinds.Spool];

    /// <inheritdoc/>
    public bool IsOfInstance => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AlertCondition>> FindAsync(CancellationToken cancellationToken)
    {
        var result = await _health.CheckHealthAsync(new HealthCheckContext(), cancellationToken);
        return result.Status == HealthStatus.Healthy || spool is { IsInUse: true, RecentFailure: null }
            ? []
            : [new AlertCondition(AlertKinds.Spool, "spool", $"The spool needs a person: {result.Description}.")];
    }
}
