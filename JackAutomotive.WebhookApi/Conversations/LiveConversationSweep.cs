using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>
/// Takes conversations of which nobody ever tells the end for ended, after <see cref="ConversationsOptions.MaxLiveTime"/>. Should the
/// true end come later, it is stored, and nobody is told a second time.
/// </summary>
internal sealed partial class LiveConversationSweep(
    LiveConversations conversations,
    EventRelay relay,
    NpgsqlDataSource database,
    IOptions<ConversationsOptions> options,
    IOptions<MessagingOptions> messaging,
    TimeProvider time,
    ILogger<LiveConversationSweep> logger) : BackgroundService
{
    /// <summary>Ends what has been live for too long, and returns how many conversations that were.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        while (await EndOneAsync(cancellationToken))
        {
            ended++;
        }

        return ended;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!messaging.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await SweepAsync(stoppingToken) is > 0 and var count)
                {
                    LogEnded(count, options.Value.MaxLiveTime);
                }
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e))
            {
                LogOutage(FailurePolicy.Describe(e));
            }
        }
    }

    private async Task<bool> EndOneAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var work = await UnitOfWork.BeginAsync(database, time, delivery: null, cancellationToken);
        if (await LiveConversationStore.LockOpenAsync(work, now - options.Value.MaxLiveTime, cancellationToken) is not { } parties)
        {
            return false;
        }

        var end = new LiveReport(LiveKinds.AssumedEnded, LiveKinds.AssumedEnded, now);
        await LiveConversationStore.AddAsync(work, parties.ConversationId, end, now, cancellationToken);
        await conversations.UpdateAsync(work, parties, cancellationToken);
        relay.Announce(await work.CommitAsync(cancellationToken));
        return true;
    }

    [LoggerMessage(LogLevel.Information, "{Count} conversations had been live for {MaxLiveTime} and are taken for ended")]
    private partial void LogEnded(int count, TimeSpan maxLiveTime);

    [LoggerMessage(LogLevel.Warning, "Conversations that never end cannot be looked for: {Reason}")]
    private partial void LogOutage(string reason);
}
