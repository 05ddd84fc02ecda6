using System.Threading.Channels;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes every committed event. The relay publishes this instance's new events at once, in the background. A timer makes the relay also
/// publish from the outbox: events of any instance that are still unpublished after a crash or an outage of Redis.
/// </summary>
internal sealed partial class EventRelay(
    EventPublisher publisher,
    EventOutbox outbox,
    BackgroundLoops loops,
    IOptions<EventsOptions> options,
    TimeProvider time,
    ILogger<EventRelay> logger) : BackgroundService
{
    // A transaction has one to some dozens of events.
    private const int BatchSize = 64;
    private const int MaxQueued = 2_000;

    // A full queue ignores new events. The relay publishes them from the outbox later.
    private readonly Channel<UnpublishedEvents> _queue = Channel.CreateBounded<UnpublishedEvents>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly BackgroundLoop _publishing = loops.Create("event publisher");
    private readonly BackgroundLoop _relaying = loops.Create(
        "event relay", new BackgroundLoopLimits { Interval = options.Value.RelayInterval });

    /// <summary>Queues the events of a transaction that was just committed. Never blocks.</summary>
    public void Enqueue(UnpublishedEvents committed)
    {
        var now = time.GetUtcNow();
        _queue.Writer.TryWrite(committed with { Events = [.. committed.Events.Select(e => e with { CommittedAt = now })] });
    }

    /// <summary>
    /// Publishes the events that have been in the outbox for at least <paramref name="minAge"/>, from oldest to newest, until the outbox has
    /// no such event or Redis does not accept one.
    /// </summary>
    /// <returns>The number of published events.</returns>
    public async Task<int> DrainAsync(TimeSpan minAge, CancellationToken cancellationToken)
    {
        var total = 0;
        while (true)
        {
            var (found, published) = await outbox.PublishOldestAsync(
                time.GetUtcNow() - minAge,
                BatchSize,
                publisher.PublishAsync,
                cancellationToken);
            _relaying.Beat();
            total += published.Sum(transaction => transaction.Events.Count);
            if (found.Count < BatchSize || published.Count < found.Count)
            {
                return total;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RelayInterval, time);
        await Task.WhenAll(
            _publishing.RunAsync(_queue.Reader.WaitToReadAsync, PublishQueuedAsync, stoppingToken),
            _relaying.RunAsync(timer.WaitForNextTickAsync, RelayOutboxAsync, stoppingToken));

        // InboxWorker has stopped already. Without this call, its last events would wait for another instance's relay.
        try
        {
            // The host ends the process when the shutdown takes too long; what is not published then stays in the outbox.
            while (_queue.Reader.Count > 0)
            {
                await PublishQueuedAsync(CancellationToken.None);
            }
        }
        catch (Exception e)
        {
            LogNotPublishedAtStop(ExceptionSummary.Of(e));
        }
    }

    // If the removal fails, the published events stay in the outbox, and the relay publishes them once more.
    private async Task PublishQueuedAsync(CancellationToken cancellationToken)
    {
        var batch = new List<UnpublishedEvents>(BatchSize);
        while (batch.Count < BatchSize && _queue.Reader.TryRead(out var queued))
        {
            batch.Add(queued);
        }

        var published = await publisher.PublishAsync(batch);
        await outbox.RemoveAsync(published, CancellationToken.None);
        if (published.Count < batch.Count && cancellationToken == CancellationToken.None)
        {
            throw new IOException("Redis does not accept the last events.");
        }
    }

    private async Task RelayOutboxAsync(CancellationToken cancellationToken)
    {
        var count = await DrainAsync(options.Value.RelayInterval, cancellationToken);
        if (count > 0)
        {
            LogRelayed(count);
        }
    }

    [LoggerMessage(LogLevel.Information, "Published {Count} events that were left in the outbox")]
    private partial void LogRelayed(int count);

    [LoggerMessage(LogLevel.Warning, "The last events of this instance wait in the outbox: {Reason}")]
    private partial void LogNotPublishedAtStop(string reason);
}
