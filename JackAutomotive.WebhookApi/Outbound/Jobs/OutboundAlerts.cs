using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>Raises and clears alerts without making a dispatch wait or fail.</summary>
internal sealed partial class OutboundAlerts(AlertStore alerts, ILogger<OutboundAlerts> logger)
{
    /// <summary>Raises an alert, unless it is open.</summary>
    public void RaiseInBackground(string kind, string subject, string detail) =>
        _ = RunAsync(kind, subject, () => alerts.RaiseAsync(kind, subject, detail, CancellationToken.None));

    /// <summary>Clears an alert, if it is open.</summary>
    public void ClearInBackground(string kind, string subject) =>
        _ = RunAsync(kind, subject, () => alerts.ClearAsync(kind, subject, CancellationToken.None));

    private async Task RunAsync(string kind, string subject, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception e)
        {
            // Postgres is unavailable. The log shows the alert, and its cause raises it again.
            LogNotStored(kind, subject, ExceptionSummary.Of(e));
        }
    }

    [LoggerMessage(LogLevel.Error, "The change of the alert {Kind} ({Subject}) could not be stored: {Reason}")]
    private partial void LogNotStored(string kind, string subject, string reason);
}
