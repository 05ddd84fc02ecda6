namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Logs at startup which webhooks cannot work because their secret is not set.</summary>
internal sealed partial class MissingSecretsWarning(EndpointDataSource endpoints, ILogger<MissingSecretsWarning> logger)
    : IHostedLifecycleService
{
    /// <summary>Logs the warnings after the start of the host, because all routes are mapped by then.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var gate in endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<WebhookGate>()))
        {
            if (gate is { MissingSetting: { } setting })
            {
                LogMissing(gate.Endpoint.Topic, setting);
            }
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "{Topic}: not configured; every delivery is answered 503. Set {Setting} and restart")]
    private partial void LogMissing(string topic, string setting);
}
