using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Options of the briefings that agents receive.</summary>
internal sealed class BriefingOptions
{
    public const string SectionName = "Briefing";

    /// <summary>The maximum number of tokens of a briefing's text. What exceeds it is left out, the least important first.</summary>
    [Range(500, 50_000)]
    public int MaxTokens { get; set; } = 1500;
}

[OptionsValidator]
internal sealed partial class ValidateBriefingOptions : IValidateOptions<BriefingOptions>;
