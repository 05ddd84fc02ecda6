using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>How alerts are found.</summary>
internal sealed class AlertOptions
{
    public const string SectionName = "Alerts";

    /// <summary>How often each instance looks for what needs a person.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(15);
}

[OptionsValidator]
internal sealed partial class ValidateAlertOptions : IValidateOptions<AlertOptions>;
