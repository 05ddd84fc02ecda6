using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Leads;
using NodaTime;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Everything that the gates look at.</summary>
internal sealed record GateFacts
{
    public required OutboundChannel Channel { get; init; }

    /// <summary>The time of the contact.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The lead; null if the address belongs to none.</summary>
    public LeadId? Lead { get; init; }

    /// <summary>The address; null if there is none.</summary>
    public ChannelAddress? Address { get; init; }

    /// <summary>Whether the address is the stand-in of a caller who withholds the number.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether anything may go out at all.</summary>
    public bool IsSwitchedOn { get; init; } = true;

    /// <summary>What the person said about contact.</summary>
    public ConsentState Consent { get; init; } = ConsentState.FromEntries([]);

    /// <summary>Twilio's error code, if texts to the address have failed for good.</summary>
    public string? UndeliverableCode { get; init; }

    /// <summary>Whether the lead is in a call.</summary>
    public bool IsInCall { get; init; }

    /// <summary>The newest texts or calls to the lead in the last 24 hours, newest first, up to the cap.</summary>
    public IReadOnlyList<DateTimeOffset> Sends { get; init; } = [];

    /// <summary>The newest text or call to the address; null if there is none.</summary>
    public DateTimeOffset? LastSendToAddress { get; init; }

    /// <summary>The time zones of the number.</summary>
    public IReadOnlyList<DateTimeZone> Zones { get; init; } = [];

    public AllowedHours Hours { get; init; } = AllowedHours.Default;

    public ContactLimits Limits { get; init; } = new(int.MaxValue, TimeSpan.Zero);

    public GateOverrides Overrides { get; init; } = GateOverrides.None;
}
