using System.Threading.Channels;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes every committed event. The relay publishes this instance's new events at once, in the background. A timer makes the relay also
/// publish from the outbox: events of any instance that are still unpublished after a crash or an outage of Redis.
/// </summary>
internal sealed partial class EventRelay(
    EventPublisher publisher,
    EventOutbox outbox,
    IOptions<EventsOptions> options,
    TimeProvider time,
    ILogger<EventRelay> logger) : BackgroundService
{
    private const int BatchSize = 256;
    private const int MaxQueued = 10_000;

    // A full queue ignores new events. The relay publishes them from the outbox later.
    private readonly Channel<LeadEvent> _queue = Channel.CreateBounded<LeadEvent>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Queues the events of a transaction that was just committed. Never blocks.</summary>
    public void Enqueue(IReadOnlyList<LeadEvent> events)
    {
        var now = time.GetUtcNow();
        foreach (var committed in events)
        {
            _queue.Writer.TryWrite(committed with { CommittedAt = now });
        }
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
            total += published;
            if (found < BatchSize || published < found)
            {
                return total;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(PublishNewAsync(stoppingToken), RelayOutboxAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // InboxWorker has stopped already. Without these calls, its last events would wait for another instance's relay. The host ends the
            // process when the shutdown takes too long; what is not published then stays in the outbox.
            var isAccepted = true;
            while (isAccepted && _queue.Reader.Count > 0)
            {
                isAccepted = await TryPublishQueuedAsync();
            }
        }
    }

    private async Task PublishNewAsync(CancellationToken stoppingToken)
    {
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            await TryPublishQueuedAsync();
        }
    }

    // Publishes one batch. Returns false if Redis or Postgres did not accept the whole batch. A stop of the host does not cancel the batch,
    // because a published event that stays in the outbox is published once more.
    private async Task<bool> TryPublishQueuedAsync()
    {
        var batch = new List<LeadEvent>(BatchSize);
        while (batch.Count < BatchSize && _queue.Reader.TryRead(out var queued))
        {
            batch.Add(queued);
        }

        try
        {
            var published = await publisher.PublishAsync(batch);
            await outbox.RemoveAsync(published, CancellationToken.None);
            return published.Count == batch.Count;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // The events were published but stay in the outbox, so the relay publishes them once more.
            LogOutage(ExceptionSummary.Of(e));
            return false;
        }
    }

    private async Task RelayOutboxAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RelayInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var count = await DrainAsync(options.Value.RelayInterval, stoppingToken);
                if (count > 0)
                {
                    LogRelayed(count);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogOutage(ExceptionSummary.Of(e));
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Published {Count} events that were left in the outbox")]
    private partial void LogRelayed(int count);

    [LoggerMessage(LogLevel.Warning, "The outbox cannot be read or written: {Reason}")]
    private partial void LogOutage(string reason);
}
