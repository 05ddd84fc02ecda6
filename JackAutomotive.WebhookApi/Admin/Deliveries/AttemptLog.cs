namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>A delivery's last attempt, as the inbox row describes it.</summary>
internal sealed record LastAttempt(int Number, string State, DateTimeOffset? CompletedAt, bool IsLeased);

/// <summary>
/// Builds the complete list of a delivery's attempts. The table <c>delivery_attempts</c> contains the failed attempts, and each successful
/// attempt that a replay followed. The inbox row describes a successful or running last attempt. Every other attempt was lost.
/// </summary>
internal static class AttemptLog
{
    public static IReadOnlyList<AttemptView> Of(IEnumerable<AttemptView> recorded, LastAttempt last)
    {
        var byNumber = recorded.ToDictionary(attempt => attempt.Number);
        return [.. Enumerable.Range(1, last.Number).Select(number => byNumber.GetValueOrDefault(number) ?? InferAttempt(number, last))];
    }

    private static AttemptView InferAttempt(int number, LastAttempt last)
    {
        var isLast = number == last.Number;
        return isLast && last.State == "done" ? new AttemptView(number, "done", last.CompletedAt, null, null)
            : isLast && last.IsLeased ? new AttemptView(number, "running", null, null, null)
            : new AttemptView(number, "lost", null, null, null);
    }
}
