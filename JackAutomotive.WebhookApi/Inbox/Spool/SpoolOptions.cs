using System.ComponentModel.DataAnnotations;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

internal sealed class SpoolOptions
{
    public const string SectionName = "Spool";

    /// <summary>The number of rows that one statement moves to the inbox.</summary>
    public int BatchRows { get; } = 256;

    /// <summary>The size, in bytes, at which the spool is full; further deliveries are answered 503. 0 disables the spool.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; } = 4L * 1024 * 1024 * 1024;

    /// <summary>The interval at which an instance looks for spool files that stopped instances left behind.</summary>
    [Range(typeof(TimeSpan), "00:00:00.250", "01:00:00")]
    public TimeSpan AbandonedFilesInterval { get; set; } = TimeSpan.FromSeconds(30);
}
