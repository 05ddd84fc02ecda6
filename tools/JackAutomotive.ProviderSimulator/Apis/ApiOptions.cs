using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>How long the things take that the providers' APIs start.</summary>
internal sealed class ApiOptions
{
    public const string SectionName = "Apis";

    /// <summary>Seconds from the acceptance of a text to its last status; 0 reports all statuses at once.</summary>
    [Range(0.0, 600.0)]
    public double TextSeconds { get; set; } = 1;

    /// <summary>Seconds that a call rings; 0 answers at once.</summary>
    [Range(0.0, 60.0)]
    public double RingSeconds { get; set; } = 1;

    /// <summary>Seconds from the answer to the end of a call; 0 ends the call at once. The reported duration is at least one second.</summary>
    [Range(0.0, 600.0)]
    public double CallSeconds { get; set; } = 6;

    /// <summary>The time from the answer to the end of a call.</summary>
    public TimeSpan Talk => TimeSpan.FromSeconds(CallSeconds);
}

[OptionsValidator]
internal sealed partial class ValidateApiOptions : IValidateOptions<ApiOptions>;
