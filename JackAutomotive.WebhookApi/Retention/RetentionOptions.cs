using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>
/// How long what came in is kept. Zero means for ever. A copy of an event that comes after its delivery was deleted counts as new, so
/// keep done deliveries for longer than a provider repeats itself.
/// </summary>
internal sealed class RetentionOptions
{
    public const string SectionName = "Retention";

    /// <summary>Handled deliveries, from their handling on, with their attempts and conflicts.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Done { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Parked deliveries, from their parking on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Parked { get; set; } = TimeSpan.FromDays(180);

    /// <summary>The record of refused deliveries.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Rejected { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often what is old enough is deleted.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Rows looked at in one transaction: small ones keep nobody waiting.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class ValidateRetentionOptions : IValidateOptions<RetentionOptions>;
