using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes the encoded frames of committed events to Redis. An event may be published twice; readers detect the duplicate by its <c>seq</c>.
/// </summary>
internal sealed partial class EventPublisher(
    IConnectionMultiplexer redis,
    WebhookApiMetrics metrics,
    TimeProvider time,
    ILogger<EventPublisher> logger)
{
    private volatile bool _isUnavailable;

    /// <summary>Publishes committed events. An unavailable Redis causes no exception: the events stay in the outbox.</summary>
    /// <returns>The transactions of which Redis accepted every event.</returns>
    public async Task<IReadOnlyList<UnpublishedEvents>> PublishAsync(IReadOnlyList<UnpublishedEvents> transactions)
    {
        // All events are on their way before the first answer arrives.
        var publishing = transactions.Select(transaction => transaction.Events.Select(PublishAsync).ToArray()).ToArray();
        var results = await Task.WhenAll(publishing.Select(tasks => Task.WhenAll(tasks)));
        if (results.Any(accepted => accepted.Contains(true)))
        {
            PublishHint();
        }

        return [.. transactions.Where((_, i) => !results[i].Contains(false))];
    }

    // Streams of many leads read the log itself, so one hint per batch wakes them, and nothing waits for Redis to receive the hint.
    private void PublishHint()
    {
        try
        {
            redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.Hint, CommandFlags.FireAndForget);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // A lost hint is harmless: streams of many leads also poll the log.
        }
    }

    private async Task<bool> PublishAsync(LeadEvent leadEvent)
    {
        using var activity = WebhookApiTelemetry.StartPublishing(leadEvent);
        try
        {
            var message = LeadMessage.Encode(
                activity?.Id ?? leadEvent.TraceParent,
                leadEvent.CommittedAt ?? time.GetUtcNow(),
                leadEvent.Seq,
                LeadEventFrame.Encode(leadEvent));
            await redis.GetSubscriber().PublishAsync(redis.LeadChannel(leadEvent.LeadId), message);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            if (!_isUnavailable)
            {
                _isUnavailable = true;
                LogUnavailable(e.GetType().Name);
            }

            return false;
        }
        catch (Exception e)
        {
            // One event that cannot be published must not keep the others back.
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            LogNotPublished(leadEvent.LeadId, leadEvent.Seq, e);
            return false;
        }

        if (_isUnavailable)
        {
            _isUnavailable = false;
            LogAvailable();
        }

        metrics.CountPublished(leadEvent.Type);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Redis is unavailable ({Error}): events stay in the outbox, and watchers receive them from Postgres")]
    private partial void LogUnavailable(string error);

    [LoggerMessage(LogLevel.Error, "Event {Seq} of lead {Lead} could not be published; it stays in the outbox")]
    private partial void LogNotPublished(LeadId lead, long seq, Exception exception);

    [LoggerMessage(LogLevel.Information, "Redis is available again")]
    private partial void LogAvailable();
}
