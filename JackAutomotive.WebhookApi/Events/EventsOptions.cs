using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>How committed events are published.</summary>
internal sealed class EventsOptions
{
    public const string SectionName = "Events";

    /// <summary>How often the relay looks for committed events that were not published, and how old such an event must be.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan RelayInterval { get; set; } = TimeSpan.FromSeconds(2);
}

[OptionsValidator]
internal sealed partial class ValidateEventsOptions : IValidateOptions<EventsOptions>;
