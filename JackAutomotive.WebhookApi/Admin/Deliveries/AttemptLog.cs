namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>What the inbox row itself says of its last attempt.</summary>
internal sealed record LastAttempt(int Number, string State, DateTimeOffset? CompletedAt, bool IsLeased);

/// <summary>
/// The full list of a delivery's attempts. Only those that went wrong, or were followed by a replay, have been written down; a good end
/// is told by the delivery itself, and what is told by neither was lost.
/// </summary>
internal static class AttemptLog
{
    public static IReadOnlyList<AttemptView> Of(IEnumerable<AttemptView> written, LastAttempt last)
    {
        var known = written.ToDictionary(attempt => attempt.Number);
        return [.. Enumerable.Range(1, last.Number).Select(number => known.GetValueOrDefault(number) ?? Unwritten(number, last))];
    }

    private static AttemptView Unwritten(int number, LastAttempt last)
    {
        var isLast = number == last.Number;
        return isLast && last.State == "done" ? new AttemptView(number, "done", last.CompletedAt, null, null)
            : isLast && last.IsLeased ? new AttemptView(number, "running", null, null, null)
            : new AttemptView(number, "lost", null, null, null);
    }
}
