using System.Text.Json;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The decision about a delivery whose handler failed.</summary>
internal abstract record FailureDecision
{
    /// <summary>Handle the delivery again after a delay.</summary>
    internal sealed record Retry(TimeSpan Delay) : FailureDecision;

    /// <summary>Park the delivery.</summary>
    internal sealed record Park(Parking Parking) : FailureDecision;
}

/// <summary>Decides from the exception and the number of attempts whether a failed delivery is retried or parked.</summary>
internal static class FailurePolicy
{
    /// <summary>
    /// Parks an unreadable delivery at once, because its body never changes. Any other failure may be temporary: the delivery is retried
    /// with exponential backoff until it has used up its attempts.
    /// </summary>
    /// <param name="exception">The exception that ended the attempt.</param>
    /// <param name="attempt">The number of the failed attempt since the delivery was accepted or last replayed, from 1.</param>
    /// <param name="jitter">A uniform random number from 0 to 1. It spreads the retries of deliveries that failed at the same time.</param>
    /// <param name="options">The maximum number of attempts and the delays.</param>
    public static FailureDecision Decide(Exception exception, int attempt, double jitter, InboxOptions options)
    {
        if (exception is JsonException or FormatException)
        {
            return new FailureDecision.Park(new Parking(Parking.Malformed, ExceptionSummary.Of(exception)));
        }

        return attempt >= options.MaxAttempts
            ? new FailureDecision.Park(new Parking(Parking.Exhausted, $"{attempt} attempts failed, the last with {ExceptionSummary.Of(exception)}"))
            : new FailureDecision.Retry(ComputeBackoff(attempt, jitter, options));
    }

    // The delay is random, between half of the exponential delay and the full exponential delay.
    private static TimeSpan ComputeBackoff(int attempt, double jitter, InboxOptions options)
    {
        var doubled = options.FirstRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 40));
        var capped = Math.Min(doubled, options.MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(capped * (0.5 + jitter / 2));
    }
}
