using System.Text.Json;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>What to do with a delivery whose handling failed.</summary>
internal abstract record FailureDecision
{
    /// <summary>Try again after a while.</summary>
    internal sealed record Retry(TimeSpan After) : FailureDecision;

    /// <summary>Keep it aside.</summary>
    internal sealed record Park(Parking Parking) : FailureDecision;
}

/// <summary>Decides, from the exception and the number of attempts, whether a failed delivery is tried again or parked.</summary>
internal static class FailurePolicy
{
    /// <summary>
    /// What cannot be read is parked at once, since it will not change. Everything else may pass, and is tried again with doubling
    /// waits until the attempts are spent.
    /// </summary>
    /// <param name="exception">Why the attempt failed.</param>
    /// <param name="attempt">The attempt that failed, from 1, since the delivery was accepted or last replayed.</param>
    /// <param name="jitter">Even random number from 0 to 1: spreads retries, so that what failed together does not return together.</param>
    /// <param name="options">Limits.</param>
    public static FailureDecision Decide(Exception exception, int attempt, double jitter, InboxOptions options)
    {
        if (exception is JsonException or FormatException)
        {
            return new FailureDecision.Park(new Parking(Parking.Malformed, ExceptionSummary.Of(exception)));
        }

        return attempt >= options.MaxAttempts
            ? new FailureDecision.Park(new Parking(Parking.Exhausted, $"{attempt} attempts failed, the last with {ExceptionSummary.Of(exception)}"))
            : new FailureDecision.Retry(Backoff(attempt, jitter, options));
    }

    // Between half of the doubled wait and all of it.
    private static TimeSpan Backoff(int attempt, double jitter, InboxOptions options)
    {
        var doubled = options.FirstRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 40));
        var capped = Math.Min(doubled, options.MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(capped * (0.5 + jitter / 2));
    }
}
