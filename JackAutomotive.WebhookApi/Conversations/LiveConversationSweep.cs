using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>
/// Marks a live conversation as assumed ended if no end is reported within <see cref="ConversationsOptions.MaxLiveTime"/>. A true end that
/// arrives later is stored, but the watchers are not informed a second time.
/// </summary>
internal sealed partial class LiveConversationSweep(
    LiveConversations conversations,
    UnitOfWorkFactory works,
    IOptions<ConversationsOptions> options,
    IOptions<InboxOptions> inboxOptions,
    BackgroundLoops loops,
    TimeProvider time,
    ILogger<LiveConversationSweep> logger) : BackgroundService
{
    private readonly BackgroundLoop _loop = loops.Create(
        "live conversations", new BackgroundLoopLimits { Interval = options.Value.SweepInterval });

    /// <summary>Marks every conversation that has been live for too long as assumed ended.</summary>
    /// <returns>The number of marked conversations.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        while (await EndOneAsync(cancellationToken))
        {
            ended++;
            _loop.Beat();
        }

        return ended;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!inboxOptions.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, SweepAndLogAsync, stoppingToken);
    }

    private async Task SweepAndLogAsync(CancellationToken cancellationToken)
    {
        if (await SweepAsync(cancellationToken) is > 0 and var count)
        {
            LogEnded(count, options.Value.MaxLiveTime);
        }
    }

    private async Task<bool> EndOneAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (await LiveConversationStore.LockOverdueAsync(work, now - options.Value.MaxLiveTime, cancellationToken) is not { } parties)
        {
            return false;
        }

        var end = new LiveReport(LiveReportKinds.AssumedEnded, LiveReportKinds.AssumedEnded, now);
        await LiveConversationStore.AddAsync(work, parties.ConversationId, end, now, cancellationToken);
        await conversations.UpdateAsync(work, parties, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(LogLevel.Information, "{Count} conversations were live for {MaxLiveTime} without an end and are assumed ended")]
    private partial void LogEnded(int count, TimeSpan maxLiveTime);
}
