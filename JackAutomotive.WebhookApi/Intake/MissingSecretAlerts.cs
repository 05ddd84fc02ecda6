using JackAutomotive.WebhookApi.Alerts;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Finds webhooks that cannot work, because their secret is not set at this instance.</summary>
internal sealed class MissingSecretAlerts(EndpointDataSource endpoints) : IAlertSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = [AlertKinds.SecretMissing];

    /// <inheritdoc/>
    public bool IsOfInstance => true;

    /// <inheritdoc/>
    public Task<IReadOnlyList<AlertCondition>> FindAsync(CancellationToken cancellationToken)
    {
        var conditions = endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<WebhookGate>()?.MissingSetting)
            .OfType<string>()
            .Distinct()
            .Select(setting => new AlertCondition(
                AlertKinds.SecretMissing, setting, $"Every delivery of its webhook is answered 503. Set {setting} and restart."));
        return Task.FromResult<IReadOnlyList<AlertCondition>>([.. conditions]);
    }
}
