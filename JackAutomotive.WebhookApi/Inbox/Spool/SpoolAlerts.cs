namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Logs the alerts about the local disk: lines at level Error whose event names never change, so that an alert rule can match them.
/// </summary>
internal sealed partial class SpoolAlerts(ILogger<SpoolAlerts> logger)
{
    /// <summary>Reports a delivery or a part of a file that cannot be moved to the inbox and is kept for a person.</summary>
    /// <param name="what">The topic of the delivery, or a description of the bytes.</param>
    /// <param name="file">The name of the file.</param>
    /// <param name="reason">The error of Postgres or of the disk.</param>
    public void ReportKept(string what, string file, string reason) => LogKept(what, file, reason);

    /// <summary>Reports a file that cannot be opened or read.</summary>
    public void ReportUnreadable(string file, string reason) => LogUnreadable(file, reason);

    /// <summary>Reports that the local disk cannot take deliveries, which are therefore answered 503.</summary>
    /// <param name="what">The topic of a delivery, or a description of several.</param>
    /// <param name="exception">The error of the disk.</param>
    public void ReportDiskFailed(string what, Exception exception) => LogDiskFailed(what, exception);

    [LoggerMessage(
        EventId = 3003,
        EventName = "SpoolDeliveriesKept",
        Level = LogLevel.Error,
        Message = "{What}: not moved to the inbox, but kept as {File} in the spool's folder ({Reason}); GET /api/spool/kept lists it")]
    private partial void LogKept(string what, string file, string reason);

    [LoggerMessage(
        EventId = 3004,
        EventName = "SpoolFileUnreadable",
        Level = LogLevel.Error,
        Message = "The spool cannot read {File}: {Reason}. Other files are not affected; GET /api/spool/kept lists it")]
    private partial void LogUnreadable(string file, string reason);

    [LoggerMessage(
        EventId = 3005,
        EventName = "SpoolDiskFailed",
        Level = LogLevel.Error,
        Message = "{What}: answered 503, because the local disk cannot take it")]
    private partial void LogDiskFailed(string what, Exception exception);
}
