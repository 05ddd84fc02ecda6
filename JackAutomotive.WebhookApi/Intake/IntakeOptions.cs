using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>How much one instance accepts from providers. The defaults suit production.</summary>
internal sealed class IntakeOptions
{
    public const string SectionName = "Intake";

    /// <summary>
    /// Webhook requests that one instance processes at the same time; a further one is answered 503. More than the inbox lets wait, so
    /// that while Postgres is away the inbox refuses first.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxRequestsInFlight { get; set; } = 12_000;

    /// <summary>
    /// Bytes of memory for bodies that are being read, beyond the first 64 KiB of each; a request that needs more is answered 503.
    /// </summary>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxReceivingBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// Bodies too long for memory that one instance receives at the same time; a further one is answered 503. Each may fill a file
    /// before its signature is verified.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxLargeBodies { get; set; } = 32;

    /// <summary>
    /// Signed deliveries per second that one instance accepts at one webhook in the long run; a further one is answered 429. The
    /// default is more than one instance can store: it stops a provider that runs wild.
    /// </summary>
    [Range(1, 1_000_000)]
    public int DeliveriesPerSecond { get; set; } = 20_000;

    /// <summary>Signed deliveries that one instance accepts at one webhook at once, after a quiet second.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 40_000;

    /// <summary>A webhook whose oldest unhandled delivery is older than this is reported as unhealthy.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class ValidateIntakeOptions : IValidateOptions<IntakeOptions>;
