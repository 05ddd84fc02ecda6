using System.Collections.Concurrent;
using JackAutomotive.WebhookApi.Alerts;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Logs an alert when deliveries of a topic begin to be parked, to conflict or to arrive with GET: one line at level Error whose event name never changes, so
/// that an alert rule can match the name. Each instance alerts independently. What nobody can see later is also stored as an alert.
/// </summary>
internal sealed partial class DeliveryAlerts(AlertReports reports, TimeProvider time, ILogger<DeliveryAlerts> logger)
{
    /// <summary>The time without a problem of one kind and topic after which the next such problem is a new alert.</summary>
    internal static readonly TimeSpan QuietFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<(string Kind, string Topic), DateTimeOffset> _lastProblems = new();

    public void ReportParked(string topic, string parkedAs)
    {
        if (ShouldAlert(parkedAs, topic))
        {
            LogParked(topic, parkedAs);
        }
    }

    public void ReportConflict(string topic)
    {
        reports.Report(AlertKinds.Conflicts, topic, "Events arrive again with other bodies. The first body counts; the others are stored with its delivery.");
        if (ShouldAlert("conflict", topic))
        {
            LogConflict(topic);
        }
    }

    /// <summary>Reports that a provider sends the deliveries of a topic with GET, which loses them.</summary>
    public void ReportWrongMethod(string topic)
    {
        reports.Report(AlertKinds.WrongMethod, topic, "Deliveries come with GET and are lost. Configure POST for this webhook at the provider.");
        if (ShouldAlert("method", topic))
        {
            LogWrongMethod(topic);
        }
    }

    private bool ShouldAlert(string kind, string topic)
    {
        var now = time.GetUtcNow();
        var shouldAlert = true;
        _lastProblems.AddOrUpdate((kind, topic), now, (_, last) =>
        {
            shouldAlert = now - last >= QuietFor;
            return now;
        });
        return shouldAlert;
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
        Message = "{Topic}: events arrive again with other bodies; the first body counts, the others are stored with its delivery")]
    private partial void LogConflict(string topic);

    [LoggerMessage(
        EventId = 3006,
        EventName = "WebhookConfiguredWithGet",
        Level = LogLevel.Error,
        Message = "{Topic}: a delivery came with GET and is lost; configure POST for this webhook at the provider")]
    private partial void LogWrongMethod(string topic);
}
