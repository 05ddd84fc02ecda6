using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using NodaTime;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>When and how often leads may be contacted.</summary>
internal sealed class GateOptions
{
    public const string SectionName = "Outbound";

    /// <summary>If false, no text and no call goes out: the switch for an emergency.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The time of day from which people are contacted, in every time zone of their number. Some states allow less than the whole country.</summary>
    [Range(typeof(TimeSpan), "08:00:00", "12:00:00")]
    public TimeSpan AllowedFrom { get; set; } = TimeSpan.FromHours(8);

    /// <summary>The time of day from which people are no longer contacted.</summary>
    [Range(typeof(TimeSpan), "13:00:00", "21:00:00")]
    public TimeSpan AllowedUntil { get; set; } = TimeSpan.FromHours(21);

    /// <summary>The maximum number of texts to a lead in any 24 hours.</summary>
    [Range(1, 1000)]
    public int MaxTextsPerLeadAndDay { get; set; } = 20;

    /// <summary>The maximum number of calls to a lead in any 24 hours.</summary>
    [Range(1, 100)]
    public int MaxCallsPerLeadAndDay { get; set; } = 4;

    /// <summary>The time between two texts to one address.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TextSpacing { get; set; } = TimeSpan.Zero;

    /// <summary>The time between two calls to one number.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan CallSpacing { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The hours at which people may be contacted.</summary>
    public AllowedHours AllowedHours => new(
        LocalTime.FromTicksSinceMidnight(AllowedFrom.Ticks), LocalTime.FromTicksSinceMidnight(AllowedUntil.Ticks));

    /// <summary>The limits that apply to one way of contact.</summary>
    public ContactLimits LimitsOf(OutboundChannel channel) => channel == OutboundChannel.Text
        ? new ContactLimits(MaxTextsPerLeadAndDay, TextSpacing)
        : new ContactLimits(MaxCallsPerLeadAndDay, CallSpacing);
}

/// <summary>How often a lead is contacted in one way.</summary>
/// <param name="PerDay">The maximum number in any 24 hours.</param>
/// <param name="Spacing">The time between two to one address.</param>
internal sealed record ContactLimits(int PerDay, TimeSpan Spacing);

[OptionsValidator]
internal sealed partial class ValidateGateOptions : IValidateOptions<GateOptions>;
