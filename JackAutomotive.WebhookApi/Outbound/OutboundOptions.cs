using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound;

/// <summary>How texts and calls are dispatched, and what follows when they fail. The gates have options of their own.</summary>
internal sealed class OutboundOptions
{
    public const string SectionName = "Outbound";

    /// <summary>If false, this instance only accepts requests, and other instances dispatch them.</summary>
    public bool Dispatch { get; set; } = true;

    /// <summary>The maximum number of texts and calls that one instance hands to the providers at the same time.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 16;

    /// <summary>How often the worker looks for due jobs that no signal reports: retries, and jobs of other instances.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time for which a claim is valid. It must exceed <see cref="ProviderTimeout"/>: when it ends during a send, nobody knows whether the
    /// provider has acted, and the provider is asked.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>The maximum time for a provider's answer. After this time the attempt is unknown, and the provider is asked.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ProviderTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The delay before the provider is asked for the first time what became of an attempt. Each further delay is twice as long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:05:00")]
    public TimeSpan FirstLookupDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time after the start of an attempt during which the provider is asked about it. If the provider then still knows nothing of it, the
    /// attempt never reached the provider, and the text or call goes out again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan UnknownGrace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The delay after the first attempt that did not reach the provider. Each further failure doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest such delay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The maximum number of texts a second over all instances. 0: no limit. Twilio queues more than it can send.</summary>
    [Range(0, 10_000)]
    public double TextsPerSecond { get; set; } = 10;

    /// <summary>The maximum number of calls that start per second over all instances. 0: no limit. A new Twilio account starts one.</summary>
    [Range(0, 10_000)]
    public double CallsPerSecond { get; set; } = 1;

    /// <summary>How many texts and calls may start at once after a pause, in seconds of the rate.</summary>
    [Range(0.01, 60)]
    public double BurstSeconds { get; set; } = 1;

    /// <summary>The share of failed requests, 0 to 1, at which nothing is sent to a provider for <see cref="BreakDuration"/>.</summary>
    [Range(0.01, 1)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>The number of requests within <see cref="BreakerSampling"/> below which the breaker stays closed.</summary>
    [Range(2, 10_000)]
    public int BreakerMinimumRequests { get; set; } = 10;

    /// <summary>The time over which requests are counted for the breaker.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "01:00:00")]
    public TimeSpan BreakerSampling { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long nothing is sent to a provider that fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The delays between the attempts at a call that nobody answered: one, four and 24 hours, if the list is empty.</summary>
    public IList<TimeSpan> CallRetryDelays { get; set; } = [];

    /// <summary>If false, a call that nobody answered is not repeated.</summary>
    public bool RetryCalls { get; set; } = true;

    /// <summary>Whether a call that reached a voicemail is repeated like one that nobody answered.</summary>
    public bool RetryVoicemail { get; set; } = true;

    /// <summary>No retry of a text or a call starts later than this after the request.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromDays(2);

    /// <summary>The text that a lead gets when the last attempt at a call reached nobody. Empty: none.</summary>
    [StringLength(1600)]
    public string TextAfterMissedCall { get; set; } = "";

    /// <summary>Whether a lead is called when the number gets no texts, such as a landline.</summary>
    public bool CallInsteadOfText { get; set; }

    /// <summary>The time after which a call without any result counts as ended.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxCallTime { get; set; } = TimeSpan.FromHours(2);
}

/// <summary>Validates what annotations cannot express.</summary>
internal sealed class ValidateOutboundRelations : IValidateOptions<OutboundOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OutboundOptions options) =>
        options.Lease <= options.ProviderTimeout
            ? ValidateOptionsResult.Fail("The setting Outbound__Lease must be longer than Outbound__ProviderTimeout.")
            : options.CallRetryDelays.Any(delay => delay <= TimeSpan.Zero)
                ? ValidateOptionsResult.Fail("The delays of Outbound__CallRetryDelays must be positive.")
                : ValidateOptionsResult.Success;
}

[OptionsValidator]
internal sealed partial class ValidateOutboundOptions : IValidateOptions<OutboundOptions>;
