using System.Threading.Channels;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes every committed event. It publishes new events at once, in the background of the work that raised them. It also publishes, from the
/// outbox, the events of any instance that a crash or an unavailable Redis left unpublished.
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

    // An event that does not fit into the queue is not lost, because it is in the outbox.
    private readonly Channel<LeadEvent> _queue = Channel.CreateBounded<LeadEvent>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Queues the events of a transaction that was just committed. Never blocks.</summary>
    public void Enqueue(IReadOnlyList<LeadEvent> events)
    {
        var now = time.GetUtcNow();
        foreach (var e in events)
        {
            _queue.Writer.TryWrite(e with { CommittedAt = now });
        }
    }

    /// <summary>
    /// Publishes the events that have been in the outbox for at least <paramref name="minAge"/>, from oldest to newest, until none is left or
    /// Redis rejects one.
    /// </summary>
    /// <returns>The number of published events.</returns>
    public async Task<int> DrainAsync(TimeSpan minAge, CancellationToken cancellationToken)
    {
        var total = 0;
        while (true)
        {
            var (found, published) = await outbox.RelayAsync(time.GetUtcNow() - minAge, BatchSize, publisher.PublishAsync, cancellationToken);
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
            await Task.WhenAll(PublishNewAsync(stoppingToken), RelayAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // InboxWorker has stopped already. This call publishes its last events now, so that they need not wait for another instance's relay.
            await PublishQueuedAsync(CancellationToken.None);
        }
    }

    private async Task PublishNewAsync(CancellationToken stoppingToken)
    {
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            await PublishQueuedAsync(stoppingToken);
        }
    }

    private async Task PublishQueuedAsync(CancellationToken cancellationToken)
    {
        var batch = new List<LeadEvent>(BatchSize);
        while (batch.Count < BatchSize && _queue.Reader.TryRead(out var e))
        {
            batch.Add(e);
        }

        try
        {
            await outbox.RemoveAsync(await publisher.PublishAsync(batch), cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // The events were published but stay in the outbox, so the relay publishes them once more.
            LogOutage(ExceptionSummary.Of(e));
        }
    }

    private async Task RelayAsync(CancellationToken stoppingToken)
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
