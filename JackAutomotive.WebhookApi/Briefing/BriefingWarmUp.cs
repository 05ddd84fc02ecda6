using NodaTime;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>
/// Composes a briefing at start-up and throws it away, so that no caller waits while the tokenizer loads its vocabulary.
/// </summary>
internal sealed class BriefingWarmUp(BriefingBuilder builder) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.Run(() => builder.Compose(new BriefingState(Lead: default, DateTimeZone.Utc), BriefingChannel.Voice), cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
