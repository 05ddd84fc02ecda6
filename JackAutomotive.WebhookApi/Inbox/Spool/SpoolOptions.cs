using System.ComponentModel.DataAnnotations;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Options of the spool, which stores deliveries on disk while Postgres is unavailable.</summary>
internal sealed class SpoolOptions
{
    public const string SectionName = "Spool";

    /// <summary>The number of rows that one statement moves to the inbox.</summary>
    public int BatchRows { get; } = 256;

    /// <summary>
    /// The size, in bytes, at which the spool is full; further deliveries are answered 503. 0 disables the spool.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; } = 4L * 1024 * 1024 * 1024;
}
