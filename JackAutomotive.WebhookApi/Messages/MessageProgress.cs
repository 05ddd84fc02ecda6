namespace JackAutomotive.WebhookApi.Features.Twilio;

/// <summary>One status that was told of a text.</summary>
/// <param name="Status">Twilio's word.</param>
/// <param name="ErrorCode">Why it failed, if it did.</param>
/// <param name="ErrorMessage">The same in words.</param>
internal sealed record MessageReport(string Status, string? ErrorCode, string? ErrorMessage);

/// <summary>
/// How far a text got. Twilio's callbacks carry neither a time nor a number and come in any order, so the state is the furthest of
/// everything that was told: it depends neither on the order nor on repetition, and it never goes back.
/// </summary>
internal static class MessageProgress
{
    // The beginning of a text's life is one line. Its ends exclude each other; should Twilio tell of two, what reached the telephone
    // outweighs the failure that was reported on the way.
    private static readonly string[] s_order =
    [
        "scheduled", "accepted", "receiving", "queued", "sending", "sent",
        "canceled", "failed", "undelivered", "partially_delivered", "received", "delivered", "read",
    ];

    /// <summary>How far a status is: higher is further; -1 for a word that is not known.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_order, status);

    /// <summary>The state that follows from everything told; null if no status in it is known.</summary>
    public static MessageReport? Of(IEnumerable<MessageReport> told) =>
        told.Where(report => RankOf(report.Status) >= 0).MaxBy(report => RankOf(report.Status));
}
