namespace JackAutomotive.WebhookApi.Messages;

/// <summary>One reported status of a text.</summary>
/// <param name="Status">Twilio's word for the status.</param>
/// <param name="ErrorCode">Twilio's code of the error, if the text failed.</param>
/// <param name="ErrorMessage">Twilio's description of the error.</param>
internal sealed record MessageReport(string Status, string? ErrorCode, string? ErrorMessage);

/// <summary>
/// Computes the state of a text from its reported statuses. Twilio's callbacks carry no time and no sequence number and arrive in any order,
/// so the state is the furthest reported status. The state does not depend on the order or on repetition, and it never goes back.
/// </summary>
internal static class MessageProgress
{
    // A text passes through the statuses of the first line in this order. The statuses of the second line are ends, which exclude each other.
    // If Twilio reports two ends nevertheless, a successful delivery wins over a failure that was reported on the way.
    private static readonly string[] s_order =
    [
        "scheduled", "accepted", "receiving", "queued", "sending", "sent",
        "canceled", "failed", "undelivered", "partially_delivered", "received", "delivered", "read",
    ];

    /// <summary>Returns the rank of a status. A higher rank is further. An unknown status has rank -1.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_order, status);

    /// <summary>Returns the report with the furthest status. Returns null if no report has a known status.</summary>
    public static MessageReport? FromReports(IEnumerable<MessageReport> received) =>
        received.Where(report => RankOf(report.Status) >= 0).MaxBy(report => RankOf(report.Status));
}
