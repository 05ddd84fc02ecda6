using System.Text.Json;

namespace JackAutomotive.WebhookApi.Messaging;

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
    private const int MaxReasonLength = 300;

    /// <summary>
    /// What cannot be read is parked at once, since it will not change. Everything else may pass, and is tried again with doubling
    /// waits until the attempts are spent.
    /// </summary>
    /// <param name="exception">Why the attempt failed.</param>
    /// <param name="attempt">The attempt that failed, from 1, since the delivery was accepted or last replayed.</param>
    /// <param name="jitter">Even random number from 0 to 1: spreads retries, so that what failed together does not return together.</param>
    /// <param name="options">Limits.</param>
    public static FailureDecision Decide(Exception exception, int attempt, double jitter, MessagingOptions options)
    {
        if (exception is JsonException or FormatException)
        {
            return new FailureDecision.Park(new Parking(Parking.Malformed, Describe(exception)));
        }

        return attempt >= options.MaxAttempts
            ? new FailureDecision.Park(new Parking(Parking.Exhausted, $"{attempt} attempts failed, the last with {Describe(exception)}"))
            : new FailureDecision.Retry(Backoff(attempt, jitter, options));
    }

    /// <summary>One line for a person: the exception's class and the first line of its message.</summary>
    public static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? text : text[..end];
        return line.Length <= MaxReasonLength ? line : line[..MaxReasonLength];
    }

    // Between half of the doubled wait and all of it.
    private static TimeSpan Backoff(int attempt, double jitter, MessagingOptions options)
    {
        var doubled = options.FirstRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 40));
        var capped = Math.Min(doubled, options.MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(capped * (0.5 + jitter / 2));
    }
}
