using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes the encoded frames of committed events to Redis. An event may be published twice; readers detect the duplicate by its <c>seq</c>.
/// </summary>
internal sealed partial class EventPublisher(IConnectionMultiplexer redis, WebhookApiMetrics metrics, ILogger<EventPublisher> logger)
{
    private volatile bool _isUnavailable;

    /// <summary>Publishes events. Never fails: an event that Redis does not accept stays in the outbox.</summary>
    /// <param name="events">The committed events.</param>
    /// <returns>The events that Redis accepted.</returns>
    public async Task<IReadOnlyList<LeadEvent>> PublishAsync(IReadOnlyList<LeadEvent> events)
    {
        var isPublished = await Task.WhenAll(events.Select(PublishAsync));
        var published = events.Where((_, i) => isPublished[i]).ToArray();
        if (published.Length > 0)
        {
            PublishHint();
        }

        return published;
    }

    // Sends one hint for all events, without waiting for Redis. Streams of many leads read the log itself; the hint only wakes them.
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

    private async Task<bool> PublishAsync(LeadEvent e)
    {
        using var activity = WebhookApiTelemetry.StartPublishing(e);
        try
        {
            var message = LeadMessage.Encode(activity?.Id ?? e.TraceParent, e.CommittedAt ?? e.OccurredAt, e.Seq, LeadEventFrame.Encode(e));
            await redis.GetSubscriber().PublishAsync(redis.LeadChannel(e.LeadId), message);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            if (!_isUnavailable)
            {
                _isUnavailable = true;
                LogUnavailable(exception.GetType().Name);
            }

            return false;
        }

        if (_isUnavailable)
        {
            _isUnavailable = false;
            LogAvailable();
        }

        metrics.Published(e.Type);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Redis is unavailable ({Error}): events stay in the outbox, and watchers receive them from Postgres")]
    private partial void LogUnavailable(string error);

    [LoggerMessage(LogLevel.Information, "Redis is available again")]
    private partial void LogAvailable();
}
