using NodaTime;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Writes a first briefing at the start, so that no caller waits while the tokenizer loads its vocabulary.</summary>
internal sealed class BriefingWarmUp(BriefingBuilder builder) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.Run(() => builder.Compose(new BriefingState(default, DateTimeZone.Utc), BriefingChannel.Voice), cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
