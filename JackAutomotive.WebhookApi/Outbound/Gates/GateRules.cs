using System.Globalization;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Decides from facts whether a lead may be contacted. Pure.</summary>
internal static class GateRules
{
    /// <summary>The version of the rules. Raise it with every change that can change a decision.</summary>
    public const string Version = "1";

    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    /// <summary>Asks every gate.</summary>
    public static OutboundDecision Decide(GateFacts facts) => new(
        [
            IsSwitchedOn(facts),
            HasAddress(facts),
            IsVisible(facts),
            IsAnswerable(facts),
            SupportsChannel(facts),
            IsNotOptedOut(facts),
            IsNotBlockedByStaff(facts),
            IsDeliverable(facts),
            HasNoLiveCall(facts),
            IsNotQuiet(facts),
            IsBelowCap(facts),
            IsSpaced(facts),
        ],
        facts);

    private static GateVerdict IsSwitchedOn(GateFacts facts) => Verdict(
        GateNames.SwitchedOff, facts.IsSwitchedOn, "Texts and calls are switched on.", "All texts and calls are switched off by a setting.");

    private static GateVerdict HasAddress(GateFacts facts) => Verdict(
        GateNames.NoAddress,
        facts.Address is not null || facts.IsHidden,
        "There is an address.",
        facts.Channel == OutboundChannel.Call ? "The lead has no phone number." : "The lead has no address for texts.");

    private static GateVerdict IsVisible(GateFacts facts) => Verdict(
        GateNames.HiddenCaller,
        !facts.IsHidden,
        "The address is not that of a hidden caller.",
        "The number stands for a caller who withholds the number. Nobody can be reached at it.");

    private static GateVerdict IsAnswerable(GateFacts facts) => Verdict(
        GateNames.NotAnswerable,
        facts.Address is not { CanReceive: false },
        "The address can receive.",
        "The address is a name, a short code or a SIP address, which cannot receive anything.");

    private static GateVerdict SupportsChannel(GateFacts facts) => Verdict(
        GateNames.Channel,
        facts.Channel == OutboundChannel.Text || facts.Address is not { } address || address.Phone is not null,
        facts.Channel == OutboundChannel.Call ? "The address can be called." : "The address can get texts.",
        "Only a phone number can be called.");

    private static GateVerdict IsNotOptedOut(GateFacts facts)
    {
        var entry = facts.Channel == OutboundChannel.Text ? facts.Consent.TextOptOut : facts.Consent.CallOptOut;
        return entry is null
            ? new GateVerdict(GateNames.OptedOut, true, "The person has not opted out.")
            : new GateVerdict(GateNames.OptedOut, false, $"{DescribeOptOut(entry)} on {Day(entry.SaidAt)}. Only the person can take it back.");
    }

    private static GateVerdict IsNotBlockedByStaff(GateFacts facts)
    {
        var entry = facts.Channel == OutboundChannel.Text ? facts.Consent.TextBlock : facts.Consent.CallBlock;
        return entry is null
            ? new GateVerdict(GateNames.DoNotContact, true, "Our staff have not ruled out contact.")
            : new GateVerdict(GateNames.DoNotContact, false, $"Our staff ruled out contact on {Day(entry.SaidAt)}.");
    }

    private static GateVerdict IsDeliverable(GateFacts facts)
    {
        var isShut = facts is { Channel: OutboundChannel.Text, UndeliverableCode: not null };
        return isShut
            ? new GateVerdict(
                GateNames.Undeliverable, false, $"An earlier text to this address failed for good: {TextFailures.Find(facts.UndeliverableCode).Reason}")
            : new GateVerdict(GateNames.Undeliverable, true, "Nothing is known that prevents delivery.");
    }

    private static GateVerdict HasNoLiveCall(GateFacts facts) => Verdict(
        GateNames.LiveCall,
        facts.Channel == OutboundChannel.Text || !facts.IsInCall,
        "No call with the lead is in progress.",
        "A call with the lead is in progress.");

    private static GateVerdict IsNotQuiet(GateFacts facts)
    {
        var verdict = QuietHours.Decide(facts.Zones, facts.At, facts.Hours);
        return new GateVerdict(GateNames.QuietHours, verdict.Allowed, verdict.Reason, verdict.OpensAt);
    }

    // The oldest counted contact leaves the window of 24 hours first.
    private static GateVerdict IsBelowCap(GateFacts facts)
    {
        var limit = facts.Limits.PerDay;
        var recent = facts.Sends.Where(sent => sent > facts.At - s_day).OrderDescending().Take(limit).ToList();
        var what = facts.Channel == OutboundChannel.Text ? "texts" : "calls";
        return facts.Overrides.PassCaps || recent.Count < limit
            ? new GateVerdict(GateNames.LeadCap, true, Invariant($"The lead got {recent.Count} {what} in the last 24 hours."))
            : new GateVerdict(
                GateNames.LeadCap, false, Invariant($"The lead got {recent.Count} {what} in the last 24 hours, which is the maximum."), recent[^1] + s_day);
    }

    private static GateVerdict IsSpaced(GateFacts facts)
    {
        var opensAt = facts.LastSendToAddress + facts.Limits.Spacing;
        var what = facts.Channel == OutboundChannel.Text ? "text" : "call";
        return facts.Overrides.PassCaps || opensAt is not { } opening || opening <= facts.At
            ? new GateVerdict(GateNames.Spacing, true, $"The last {what} to the address is long enough ago.")
            : new GateVerdict(GateNames.Spacing, false, $"The last {what} to the address went out a short time ago.", opening);
    }

    private static GateVerdict Verdict(string gate, bool isOpen, string openReason, string shutReason) =>
        new(gate, isOpen, isOpen ? openReason : shutReason);

    private static string DescribeOptOut(ConsentFact entry) => entry.Source switch
    {
        ConsentSources.Keyword or ConsentSources.OptOutType => "The person opted out by text",
        ConsentSources.FreeWording => "The person asked by text that contact ends,",
        ConsentSources.Voice => "The person asked in a call that contact ends,",
        ConsentSources.Error21610 => "The person has opted out at the carrier, as we learnt",
        ConsentSources.Erased => "The person opted out before the erasure of their data",
        _ => "The person's wish to end contact was recorded by our staff",
    };

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
