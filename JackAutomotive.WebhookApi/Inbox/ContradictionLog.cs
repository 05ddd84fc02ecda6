using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Reports deliveries that contradict what an earlier delivery said about the same status. Each delivery is stored and handled; the report
/// asks an operator to look at both. Additional information is no contradiction.
/// </summary>
internal sealed partial class ContradictionLog(WebhookApiMetrics metrics, DeliveryAlerts alerts, ILogger<ContradictionLog> logger)
{
    /// <summary>Counts the delivery as a conflict, raises the alert of its topic and logs its id.</summary>
    public void Report(InboxDelivery delivery)
    {
        metrics.CountConflict(delivery.Topic);
        alerts.ReportConflict(delivery.Topic);
        LogContradiction(delivery.Topic, delivery.Id);
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: delivery {DeliveryId} contradicts an earlier delivery about the same status")]
    private partial void LogContradiction(string topic, long deliveryId);
}
