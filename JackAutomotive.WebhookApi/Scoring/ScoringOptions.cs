using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>When scores are computed again because time has passed.</summary>
internal sealed class ScoringOptions
{
    public const string SectionName = "Scoring";

    /// <summary>How often the service looks for leads whose score or next action has changed by the passing of time.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The number of leads that are read at once.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class ValidateScoringOptions : IValidateOptions<ScoringOptions>;
