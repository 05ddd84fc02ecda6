using System.Threading.Channels;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Gets every committed event published: new ones at once, without holding up the work that raised them, and from the outbox those
/// that a crash or an absent Redis left behind, on whichever instance.
/// </summary>
internal sealed partial class EventRelay(
    EventPublisher publisher,
    EventOutbox outbox,
    IOptions<EventsOptions> options,
    TimeProvider time,
    ILogger<EventRelay> logger) : BackgroundService
{
    private const int BatchSize = 256;
    private const int MaxWaiting = 10_000;

    // What does not fit is not lost: it is in the outbox.
    private readonly Channel<LeadEvent> _new = Channel.CreateBounded<LeadEvent>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Hands over events whose transaction has just been committed. Never waits.</summary>
    public void Announce(IReadOnlyList<LeadEvent> events)
    {
        var now = time.GetUtcNow();
        foreach (var e in events)
        {
            _new.Writer.TryWrite(e with { CommittedAt = now });
        }
    }

    /// <summary>
    /// Publishes what has been in the outbox for at least <paramref name="minAge"/>, oldest first, until nothing is left or Redis
    /// takes no more. Returns how many went out.
    /// </summary>
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
            // The worker has stopped before us: what it announced last still goes out now, not by another instance's relay.
            await PublishWaitingAsync(CancellationToken.None);
        }
    }

    private async Task PublishNewAsync(CancellationToken stoppingToken)
    {
        while (await _new.Reader.WaitToReadAsync(stoppingToken))
        {
            await PublishWaitingAsync(stoppingToken);
        }
    }

    private async Task PublishWaitingAsync(CancellationToken cancellationToken)
    {
        var batch = new List<LeadEvent>(BatchSize);
        while (batch.Count < BatchSize && _new.Reader.TryRead(out var e))
        {
            batch.Add(e);
        }

        try
        {
            await outbox.RemoveAsync(await publisher.PublishAsync(batch), cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // Published but not forgotten: the relay publishes them once more.
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

    [LoggerMessage(LogLevel.Information, "Published {Count} events that had been left behind")]
    private partial void LogRelayed(int count);

    [LoggerMessage(LogLevel.Warning, "The outbox cannot be read or written: {Reason}")]
    private partial void LogOutage(string reason);
}
