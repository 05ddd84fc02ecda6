using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The decision about a delivery whose handler failed.</summary>
internal abstract record FailureDecision
{
    /// <summary>Handle the delivery again after a delay.</summary>
    /// <param name="Delay">The delay.</param>
    /// <param name="IsCounted">Whether the failed attempt counts against <see cref="InboxOptions.MaxAttempts"/>.</param>
    internal sealed record Retry(TimeSpan Delay, bool IsCounted) : FailureDecision;

    /// <summary>Park the delivery.</summary>
    internal sealed record Park(Parking Parking) : FailureDecision;
}

/// <summary>Decides from the exception and the number of attempts whether a failed delivery is retried or parked.</summary>
internal static class FailurePolicy
{
    /// <summary>
    /// Parks an unreadable delivery at once, because its body never changes. An outage of Postgres, Redis, the object store or the disk is not
    /// the delivery's fault: the delivery is retried for as long as the outage lasts, and the attempt does not count. Any other failure may be
    /// temporary: the delivery is retried with exponential backoff until it has used up its attempts.
    /// </summary>
    /// <param name="exception">The exception that ended the attempt.</param>
    /// <param name="attempts">The number of attempts since the delivery was accepted or last replayed, this one included.</param>
    /// <param name="countedAttempts">How many of these attempts count, if this one counts.</param>
    /// <param name="jitter">A uniform random number from 0 to 1. It spreads the retries of deliveries that failed at the same time.</param>
    /// <param name="options">The maximum number of attempts and the delays.</param>
    public static FailureDecision Decide(Exception exception, int attempts, int countedAttempts, double jitter, InboxOptions options)
    {
        if (exception is JsonException or FormatException)
        {
            return new FailureDecision.Park(new Parking(Parking.Malformed, ExceptionSummary.Of(exception)));
        }

        var isOutage = IsOutage(exception);
        return isOutage || countedAttempts < options.MaxAttempts
            ? new FailureDecision.Retry(ComputeBackoff(attempts, jitter, options), IsCounted: !isOutage)
            : new FailureDecision.Park(new Parking(
                Parking.Exhausted, $"{countedAttempts} attempts failed, the last with {ExceptionSummary.Of(exception)}"));
    }

    /// <summary>
    /// Decides about a delivery whose earlier attempts ended without a verdict, because their process ended or hung. Returns null if the
    /// delivery may be handled.
    /// </summary>
    public static Parking? FindParkingAtClaim(InboxDelivery delivery, InboxOptions options) =>
        delivery.IsLost && delivery.CountedAttempts > options.MaxAttempts
            ? new Parking(
                Parking.Exhausted,
                $"{delivery.CountedAttempts - 1} attempts failed; the process ended, or its lease, while it handled the last of them. "
                + "The delivery may be what ends the process")
            : null;

    /// <summary>Returns true if something that all deliveries need caused the exception.</summary>
    internal static bool IsOutage(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (DatabaseErrors.BlamesTheRow(cause))
            {
                return false;
            }

            if (DatabaseErrors.IsOutage(cause) || StorageErrors.IsOutage(cause) || cause is RedisException)
            {
                return true;
            }
        }

        return false;
    }

    // The delay is random, between half of the exponential delay and the full exponential delay.
    private static TimeSpan ComputeBackoff(int attempts, double jitter, InboxOptions options)
    {
        var doubled = options.FirstRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 40));
        var capped = Math.Min(doubled, options.MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(capped * (0.5 + jitter / 2));
    }
}
