using System.Collections.Concurrent;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Says once, when it begins, that deliveries of a topic are parked or contradict each other: one line at level Error whose event name
/// never changes, for a rule to match. It is said again after <see cref="QuietFor"/> without any. Each instance speaks for itself.
/// </summary>
internal sealed partial class DeliveryAlerts(TimeProvider time, ILogger<DeliveryAlerts> logger)
{
    /// <summary>After this long without trouble of a kind, the next one is news.</summary>
    internal static readonly TimeSpan QuietFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<(string Kind, string Topic), DateTimeOffset> _last = new();

    /// <summary>A delivery has been parked.</summary>
    public void Parked(string topic, string parkedAs)
    {
        if (IsNews(parkedAs, topic))
        {
            LogParked(topic, parkedAs);
        }
    }

    /// <summary>An event has come again with another body.</summary>
    public void Conflict(string topic)
    {
        if (IsNews("conflict", topic))
        {
            LogConflict(topic);
        }
    }

    private bool IsNews(string kind, string topic)
    {
        var now = time.GetUtcNow();
        var isNews = true;
        _last.AddOrUpdate((kind, topic), now, (_, last) =>
        {
            isNews = now - last >= QuietFor;
            return now;
        });
        return isNews;
    }

    [LoggerMessage(
        EventId = 3001,
        EventName = "WebhookDeliveriesParked",
        Level = LogLevel.Error,
        Message = "{Topic}: deliveries are being parked as {ParkedAs}; GET /api/deliveries?state=parked lists them")]
    private partial void LogParked(string topic, string parkedAs);

    [LoggerMessage(
        EventId = 3002,
        EventName = "WebhookDeliveriesConflict",
        Level = LogLevel.Error,
        Message = "{Topic}: events come again with other bodies; the first counts, the others are kept with its delivery")]
    private partial void LogConflict(string topic);
}
