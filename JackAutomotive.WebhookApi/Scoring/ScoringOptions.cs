using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>When the scores of leads are computed again.</summary>
internal sealed class ScoringOptions
{
    public const string SectionName = "Scoring";

    /// <summary>Whether this instance computes scores in the background.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The interval at which an instance looks for leads to compute: leads with new events, and leads that are due.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The time without a new event after which a lead is computed, so that a burst of events costs one computation.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan QuietTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time that a lead with new events waits for its computation, however often events arrive.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The number of leads that are computed in one transaction.</summary>
    [Range(1, 500)]
    public int BatchSize { get; set; } = 20;
}

[OptionsValidator]
internal sealed partial class ValidateScoringOptions : IValidateOptions<ScoringOptions>;
