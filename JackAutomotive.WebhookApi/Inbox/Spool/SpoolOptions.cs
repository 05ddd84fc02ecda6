using System.ComponentModel.DataAnnotations;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>How deliveries wait on disk while Postgres is away.</summary>
internal sealed class SpoolOptions
{
    public const string SectionName = "Spool";

    /// <summary>Rows that are moved to the inbox in one statement.</summary>
    public int BatchRows { get; } = 256;

    /// <summary>
    /// A spool of this size takes nothing more, and deliveries are answered 503. 0: nothing is ever spooled.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; } = 4L * 1024 * 1024 * 1024;
}
