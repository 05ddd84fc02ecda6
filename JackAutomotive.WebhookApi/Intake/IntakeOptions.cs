using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Limits of what one instance accepts from providers. The defaults suit production.</summary>
internal sealed class IntakeOptions
{
    public const string SectionName = "Intake";

    /// <summary>
    /// The maximum number of webhook requests with plausible headers that one instance processes at the same time; a further request is
    /// answered 503. The limit exceeds the number of deliveries that may wait for the inbox, so that the inbox spools first while Postgres is
    /// unavailable.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxRequestsInFlight { get; set; } = 12_000;

    /// <summary>
    /// The maximum number of rejected requests whose unread bodies are discarded at the same time, so that their senders see the answer. The
    /// connection of a further one is closed at once.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxDiscards { get; set; } = 64;

    /// <summary>
    /// The memory, in bytes, for all bodies that are being read, not counting bodies of up to 64 KiB. A request that would exceed the limit
    /// is answered 503.
    /// </summary>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxReceivingBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// The maximum number of large bodies that one instance receives at the same time; a further one is answered 503. Each large body is
    /// written to a file before its signature is verified.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxLargeBodies { get; set; } = 32;

    /// <summary>
    /// The sustained number of signed deliveries per second that one instance accepts at one webhook; a further delivery is answered 429.
    /// The default exceeds what one instance can store, so it limits only a malfunctioning provider.
    /// </summary>
    [Range(1, 1_000_000)]
    public int DeliveriesPerSecond { get; set; } = 20_000;

    /// <summary>The number of signed deliveries that one instance accepts at one webhook in a burst after a period without deliveries.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 40_000;

    /// <summary>A webhook whose oldest unhandled delivery is older than this is reported as unhealthy.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class ValidateIntakeOptions : IValidateOptions<IntakeOptions>;
