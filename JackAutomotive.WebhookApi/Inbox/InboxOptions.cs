using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>How deliveries are stored and handled. The defaults suit production.</summary>
internal sealed class InboxOptions
{
    public const string SectionName = "Inbox";

    /// <summary>
    /// How long a request waits for Postgres to come back before its delivery goes to the spool on disk. While Postgres hangs rather than
    /// being gone it may take half as long again. Twilio gives up after 15 s in all, and connecting to us counts.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:14")]
    public TimeSpan AcceptPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Batches of deliveries that may be written to Postgres at the same time, when one takes long; each takes a connection.</summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>Deliveries that may wait to be written; a further one is answered 503.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingDeliveries { get; set; } = 10_000;

    /// <summary>
    /// Bytes of bodies that may wait to be written, those being written included; a delivery beyond is answered 503. At least the
    /// largest body that an endpoint takes into memory.
    /// </summary>
    [Range(64L * 1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxWaitingBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>False makes an instance that only takes deliveries in and leaves the work to others.</summary>
    public bool ProcessDeliveries { get; set; } = true;

    /// <summary>Deliveries handled at the same time by one instance.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 8;

    /// <summary>How often to look for deliveries that this instance was not told of: other instances' leftovers and retries.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a claimed delivery belongs to its claimer. After a crash it is handled by another instance this much later.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts after which a delivery that fails every time is parked.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>Wait after the first failure; it doubles with every further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class ValidateInboxOptions : IValidateOptions<InboxOptions>;
