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
    // The first line contains the statuses on the way, in order. The second line contains the final statuses. If Twilio reports several final
    // statuses of one text, success ranks above failure.
    private static readonly string[] s_statusesInOrder =
    [
        "scheduled", "accepted", "receiving", "queued", "sending", "sent",
        "canceled", "failed", "undelivered", "partially_delivered", "received", "delivered", "read",
    ];

    /// <summary>Returns the rank of a status. A higher rank is further. An unknown status has rank -1.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_statusesInOrder, status);

    /// <summary>Returns the report with the furthest status. Returns null if no report has a known status.</summary>
    public static MessageReport? FromReports(IEnumerable<MessageReport> reports) =>
        reports.Where(report => RankOf(report.Status) >= 0).MaxBy(report => RankOf(report.Status));
}
