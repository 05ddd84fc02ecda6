using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>How deliveries are stored and handled. The defaults suit production.</summary>
internal sealed class InboxOptions
{
    public const string SectionName = "Inbox";

    /// <summary>
    /// How long a request waits for an unavailable Postgres, or for a slow upload of a large body, before its delivery is in the spool
    /// only. If Postgres hangs instead of failing, the wait can be 50 % longer. Twilio's limit is 15 s in total, including the time to connect.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:14")]
    public TimeSpan AcceptPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The maximum number of batches that are written to Postgres at the same time. The next batch starts when the running batch ends or
    /// becomes slow. Each batch uses one connection.
    /// </summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>The maximum number of deliveries that wait to be written; beyond it, the waiting deliveries go to the spool at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingDeliveries { get; set; } = 10_000;

    /// <summary>
    /// The maximum total size, in bytes, of the bodies that wait to be written or are being written; beyond it, the waiting deliveries go to
    /// the spool at once. The limit must be at least the largest body that an endpoint reads into memory.
    /// </summary>
    [Range(64L * 1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxWaitingBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>If false, this instance only accepts deliveries, and other instances handle them.</summary>
    public bool ProcessDeliveries { get; set; } = true;

    /// <summary>The maximum number of deliveries that one instance handles at the same time.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 8;

    /// <summary>How often the worker looks for due deliveries that no signal reports: retries, and deliveries of other instances.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time for which a claim is valid. After a crash, another instance can claim the delivery when the lease ends; the lost attempt
    /// counts.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The number of failed attempts after which a delivery is parked. An attempt that an outage of Postgres, Redis, the object store or the
    /// disk ends does not count.
    /// </summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>The delay after the first failed attempt; each further failure doubles the delay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay between two attempts. After an outage, a delivery is handled within this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class ValidateInboxOptions : IValidateOptions<InboxOptions>;
