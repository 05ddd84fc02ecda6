using System.Globalization;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>What happens to a job next.</summary>
internal abstract record NextStep
{
    /// <summary>The reason in words for a person.</summary>
    public required string Reason { get; init; }

    /// <summary>The result is not final yet.</summary>
    internal sealed record Wait : NextStep;

    /// <summary>The job has reached its goal.</summary>
    internal sealed record Finish : NextStep;

    /// <summary>There is another attempt.</summary>
    internal sealed record Retry(DateTimeOffset At) : NextStep;

    /// <summary>The job has failed for good.</summary>
    /// <param name="UseOtherChannel">Whether the lead may be reached on the other channel: by a call instead of a text, or the reverse.</param>
    internal sealed record Fail(bool UseOtherChannel) : NextStep;
}

/// <summary>Decides what follows from the result of an attempt. Pure.</summary>
internal static class OutboundPolicy
{
    private static readonly TimeSpan[] s_callRetryDelays = [TimeSpan.FromHours(1), TimeSpan.FromHours(4), TimeSpan.FromHours(24)];

    /// <summary>Decides about a text or a call that did not reach the provider, or that a busy provider did not take.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">When the provider wants to be asked again; null if it did not say.</param>
    /// <param name="attempts">The number of attempts, this one included.</param>
    /// <param name="createdAt">When the job was asked for.</param>
    /// <param name="now">The present time.</param>
    /// <param name="jitter">A uniform random number from 0 to 1.</param>
    /// <param name="options">The delays.</param>
    public static NextStep AfterNoSend(
        string reason,
        TimeSpan? retryAfter,
        int attempts,
        DateTimeOffset createdAt,
        DateTimeOffset now,
        double jitter,
        OutboundOptions options)
    {
        var doubled = options.FirstRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 30));
        var backoff = TimeSpan.FromSeconds(Math.Min(doubled, options.MaxRetryDelay.TotalSeconds) * (0.5 + (jitter / 2)));
        var at = now + (retryAfter is { } asked && asked > backoff ? asked : backoff);
        return at - createdAt > options.RetryFor
            ? new NextStep.Fail(UseOtherChannel: false) { Reason = $"Given up: {reason}" }
            : new NextStep.Retry(at) { Reason = reason };
    }

    /// <summary>Decides about a text that the provider refused, or whose delivery failed.</summary>
    /// <param name="failure">The class of the failure.</param>
    /// <param name="tries">The number of attempts that the provider has judged, this one included.</param>
    /// <param name="createdAt">When the text was asked for.</param>
    /// <param name="now">The present time.</param>
    /// <param name="options">How long texts are retried.</param>
    public static NextStep AfterTextFailure(TextFailure failure, int tries, DateTimeOffset createdAt, DateTimeOffset now, OutboundOptions options)
    {
        if (failure is { Class: TextFailureClass.RetryLater, RetryAfter: { } delay } && tries <= failure.MaxRetries)
        {
            var at = now + (delay * Math.Pow(2, tries - 1));
            if (at - createdAt <= options.RetryFor)
            {
                return new NextStep.Retry(at) { Reason = failure.Reason };
            }
        }

        return new NextStep.Fail(failure.Class == TextFailureClass.CallInstead) { Reason = failure.Reason };
    }

    /// <summary>Decides about a call with a result.</summary>
    /// <param name="result">Whom the call reached; null while that is unknown.</param>
    /// <param name="tries">The number of calls so far, this one included.</param>
    /// <param name="createdAt">When the call was asked for.</param>
    /// <param name="now">The present time.</param>
    /// <param name="options">The delays.</param>
    public static NextStep AfterCall(CallResult? result, int tries, DateTimeOffset createdAt, DateTimeOffset now, OutboundOptions options)
    {
        // Without a mechanism the call has not ended: a machine that answers may still turn out to be a person.
        if (result is not { Mechanism: not null })
        {
            return new NextStep.Wait { Reason = "The call is under way." };
        }

        if (result.Outcome is CallOutcome.Person or CallOutcome.Answered)
        {
            return new NextStep.Finish { Reason = result.Reason };
        }

        var canRepeat = result.Outcome switch
        {
            CallOutcome.Busy or CallOutcome.NoAnswer or CallOutcome.Unreachable or CallOutcome.Failed or CallOutcome.Canceled => options.RetryCalls,
            CallOutcome.Voicemail => options is { RetryCalls: true, RetryVoicemail: true },
            _ => false,
        };
        var delays = options.CallRetryDelays.Count > 0 ? options.CallRetryDelays : s_callRetryDelays;
        if (canRepeat && tries <= delays.Count && now + delays[tries - 1] - createdAt <= options.RetryFor)
        {
            return new NextStep.Retry(now + delays[tries - 1])
            {
                Reason = string.Create(CultureInfo.InvariantCulture, $"{result.Reason} This was call {tries} of up to {delays.Count + 1}."),
            };
        }

        // A person who declines the call, or a number that does not exist, is not asked on another channel.
        var isMissed = result.Outcome is CallOutcome.Busy or CallOutcome.NoAnswer or CallOutcome.Unreachable or CallOutcome.Voicemail;
        return new NextStep.Fail(isMissed) { Reason = result.Reason };
    }
}
