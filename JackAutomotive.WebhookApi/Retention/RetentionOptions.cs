using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>
/// The retention times of deliveries. Zero means forever. A provider's repetition of a deleted delivery counts as a new delivery, so
/// <see cref="Done"/> must exceed the time for which a provider repeats a delivery.
/// </summary>
internal sealed class RetentionOptions
{
    public const string SectionName = "Retention";

    /// <summary>The retention time of a handled delivery after its handling. Its attempts and conflicts are deleted with it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Done { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The retention time of a parked delivery after its parking.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Parked { get; set; } = TimeSpan.FromDays(180);

    /// <summary>The retention time of the record of a rejected delivery.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Rejected { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The time between two runs that delete old rows.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The maximum number of rows that one transaction examines. A small number keeps the row locks short.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class ValidateRetentionOptions : IValidateOptions<RetentionOptions>;
