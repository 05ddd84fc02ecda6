using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Publishes the finished frames of committed events to Redis. An event may be published twice, which <c>seq</c> makes harmless.
/// </summary>
internal sealed partial class EventPublisher(IConnectionMultiplexer redis, WebhookApiMetrics metrics, ILogger<EventPublisher> logger)
{
    private volatile bool _isAway;

    /// <summary>Publishes events. Never fails: an event that Redis does not accept stays in the outbox.</summary>
    /// <param name="events">Committed events.</param>
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

    // One hint for all events, and nobody waits for it: streams of many leads read the log itself, and the hint says that it has grown.
    private void PublishHint()
    {
        try
        {
            redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.Hint, CommandFlags.FireAndForget);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // These streams read the log from time to time without a hint.
        }
    }

    private async Task<bool> PublishAsync(LeadEvent e)
    {
        using var activity = WebhookApiTelemetry.StartPublishing(e);
        try
        {
            var message = LeadMessage.Encode(activity?.Id ?? e.TraceParent, e.CommittedAt ?? e.OccurredAt, LeadEventFrame.Encode(e));
            await redis.GetSubscriber().PublishAsync(redis.LeadChannel(e.LeadId), message);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            if (!_isAway)
            {
                _isAway = true;
                LogAway(exception.GetType().Name);
            }

            return false;
        }

        if (_isAway)
        {
            _isAway = false;
            LogBack();
        }

        metrics.Published(e.Type);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Redis is away ({Error}): events stay in the outbox, watchers learn of them from Postgres")]
    private partial void LogAway(string error);

    [LoggerMessage(LogLevel.Information, "Redis is back")]
    private partial void LogBack();
}
