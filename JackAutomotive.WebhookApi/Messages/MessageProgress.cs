namespace JackAutomotive.WebhookApi.Messages;

/// <summary>One reported status of a text, or the state that follows from all of them.</summary>
/// <param name="Status">Twilio's word for the status.</param>
/// <param name="ErrorCode">Twilio's code of the error, if the text failed.</param>
/// <param name="ErrorMessage">Twilio's description of the error.</param>
internal sealed record MessageReport(string Status, string? ErrorCode, string? ErrorMessage)
{
    /// <summary>Whether both reports are about the same status, but name different errors.</summary>
    public bool Contradicts(MessageReport other) =>
        Status == other.Status && ErrorCode is not null && other.ErrorCode is not null && ErrorCode != other.ErrorCode;
}

/// <summary>
/// Computes the state of a text from its reported statuses. Twilio's callbacks carry no time and no sequence number and arrive in any order,
/// so the state is the furthest reported status. The state does not depend on the order or on repetition, and it never goes back.
/// </summary>
internal static class MessageProgress
{
    // Twilio's code for an error of unknown cause.
    private const string UnknownError = "30008";

    // The first line contains the statuses on the way, in order. The second line contains the final statuses. If Twilio reports several final
    // statuses of one text, success ranks above failure.
    private static readonly string[] s_statusesInOrder =
    [
        "scheduled", "accepted", "receiving", "queued", "sending", "sent",
        "canceled", "failed", "undelivered", "partially_delivered", "received", "delivered", "read",
    ];

    /// <summary>Returns the rank of a status. A higher rank is further. An unknown status has rank -1.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_statusesInOrder, status);

    /// <summary>
    /// Returns the furthest status with everything that its reports say together: one report may lack the error that another one has. An error
    /// belongs to its status, so the errors of the other statuses do not count. Returns null if no report has a known status.
    /// </summary>
    public static MessageReport? FromReports(IEnumerable<MessageReport> reports)
    {
        var furthest = reports.Where(report => RankOf(report.Status) >= 0)
            .GroupBy(report => report.Status)
            .MaxBy(group => RankOf(group.Key));
        if (furthest is null)
        {
            return null;
        }

        var code = furthest.Select(report => report.ErrorCode).OfType<string>()
            .OrderBy(candidate => candidate != UnknownError)
            .ThenBy(candidate => candidate, StringComparer.Ordinal)
            .LastOrDefault();
        return new MessageReport(furthest.Key, code, FindMessage(furthest, code) ?? FindMessage(furthest, null));
    }

    // Returns the longest description that comes with the code.
    private static string? FindMessage(IEnumerable<MessageReport> reports, string? code) =>
        reports.Where(report => report.ErrorCode == code).Select(report => report.ErrorMessage).OfType<string>()
            .OrderBy(message => message.Length)
            .ThenBy(message => message, StringComparer.Ordinal)
            .LastOrDefault();
}
