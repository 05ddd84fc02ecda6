using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Gates;
using NodaTime;

namespace JackAutomotive.Tests.Outbound.Gates;

/// <summary>Each gate, opened and shut by facts.</summary>
public sealed class GateRulesTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 23, 17, 0, 0, TimeSpan.Zero);

    private static readonly GateFacts s_text = new()
    {
        Channel = OutboundChannel.Text,
        At = s_noon,
        Address = Address("+12125550115"),
        Zones = [DateTimeZoneProviders.Tzdb["America/New_York"]],
        Limits = new ContactLimits(3, TimeSpan.FromMinutes(5)),
    };

    private static readonly GateFacts s_call = s_text with { Channel = OutboundChannel.Call };

    [Fact]
    public void A_known_number_at_noon_is_allowed_and_every_gate_gives_its_reason()
    {
        foreach (var facts in new[] { s_text, s_call })
        {
            var decision = GateRules.Decide(facts);

            Assert.True(decision.Allowed);
            Assert.Null(decision.FirstShut);
            Assert.Null(decision.OpensAt);
            Assert.Null(decision.HoldUntil);
            Assert.All(decision.Gates, gate => Assert.EndsWith(".", gate.Reason, StringComparison.Ordinal));
            Assert.Equal(GateNamesInOrder(), decision.Gates.Select(gate => gate.Gate));
            Assert.Contains(decision.Gates, gate => gate.Gate.Contains("quiet", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_switch_shuts_everything_and_jobs_wait_for_it()
    {
        AssertShut(s_text with { IsSwitchedOn = false }, GateNames.SwitchedOff, null, isHeld: true);
        AssertShut(s_call with { IsSwitchedOn = false }, GateNames.SwitchedOff, null, isHeld: true);
    }

    [Fact]
    public void A_lead_without_an_address_is_not_contacted()
    {
        AssertShut(s_text with { Address = null }, GateNames.NoAddress);
        AssertShut(s_call with { Address = null }, GateNames.NoAddress);
    }

    [Fact]
    public void A_hidden_caller_is_not_contacted() => AssertShut(s_text with { Address = null, IsHidden = true }, GateNames.HiddenCaller);

    [Theory]
    [InlineData("72404")]
    [InlineData("ACME")]
    public void A_short_code_and_a_name_are_not_answered(string sender) =>
        AssertShut(s_text with { Address = Sender(sender) }, GateNames.NotAnswerable);

    [Fact]
    public void Only_a_phone_number_can_be_called()
    {
        Assert.True(GateRules.Decide(s_text with { Address = Address("messenger:123") }).Allowed);
        AssertShut(s_call with { Address = Address("messenger:123") }, GateNames.Channel);
    }

    [Theory]
    [InlineData(ConsentScopes.All, true, true)]
    [InlineData(ConsentScopes.Text, true, false)]
    [InlineData(ConsentScopes.Call, false, true)]
    public void An_opt_out_shuts_what_it_covers(string scope, bool shutsTexts, bool shutsCalls)
    {
        foreach (var (speaker, name) in new[] { (ConsentSpeakers.Customer, GateNames.OptedOut), (ConsentSpeakers.Staff, GateNames.DoNotContact) })
        {
            var consent = ConsentState.FromEntries([new(true, scope, speaker, ConsentSources.Keyword, s_noon.AddDays(-1))]);

            Assert.Equal(shutsTexts ? name : null, GateRules.Decide(s_text with { Consent = consent }).FirstShut?.Gate);
            Assert.Equal(shutsCalls ? name : null, GateRules.Decide(s_call with { Consent = consent }).FirstShut?.Gate);
        }
    }

    [Fact]
    public void A_landline_gets_no_texts_but_can_be_called()
    {
        AssertShut(s_text with { UndeliverableCode = "30006" }, GateNames.Undeliverable);
        Assert.True(GateRules.Decide(s_call with { UndeliverableCode = "30006" }).Allowed);
    }

    [Fact]
    public void Nobody_is_called_during_a_call_and_jobs_wait_for_its_end()
    {
        AssertShut(s_call with { IsInCall = true }, GateNames.LiveCall, null, isHeld: true);
        Assert.True(GateRules.Decide(s_text with { IsInCall = true }).Allowed);
    }

    [Fact]
    public void Nobody_is_contacted_at_night() =>
        AssertShut(s_text with { At = s_noon.AddHours(10) }, GateNames.QuietHours, s_noon.AddHours(20), isHeld: true);

    [Fact]
    public void The_cap_opens_when_the_oldest_counted_contact_is_a_day_old()
    {
        DateTimeOffset[] sends = [s_noon.AddHours(-1), s_noon.AddHours(-2), s_noon.AddHours(-23)];

        AssertShut(s_text with { Sends = sends }, GateNames.LeadCap, s_noon.AddHours(1), isHeld: true);
        Assert.True(GateRules.Decide(s_text with { Sends = sends[1..] }).Allowed);
        Assert.True(GateRules.Decide(s_text with { Sends = [s_noon, s_noon, s_noon.AddDays(-1)] }).Allowed);
        Assert.True(GateRules.Decide(s_text with { Sends = sends, Overrides = new GateOverrides(PassCaps: true) }).Allowed);
    }

    [Fact]
    public void Contacts_to_one_address_keep_their_distance()
    {
        AssertShut(s_call with { LastSendToAddress = s_noon.AddMinutes(-4) }, GateNames.Spacing, s_noon.AddMinutes(1), isHeld: true);
        Assert.True(GateRules.Decide(s_call with { LastSendToAddress = s_noon.AddMinutes(-5) }).Allowed);
    }

    [Fact]
    public void Several_shut_gates_are_all_listed_and_the_latest_opening_counts()
    {
        var night = s_text with { At = s_noon.AddHours(10), LastSendToAddress = s_noon.AddHours(10) };
        var decision = GateRules.Decide(night);
        var shut = decision.Gates.Where(gate => !gate.Allowed).ToList();

        Assert.Equal([GateNames.QuietHours, GateNames.Spacing], shut.Select(gate => gate.Gate));
        Assert.Equal(s_noon.AddHours(20), decision.OpensAt);
        Assert.Equal(s_noon.AddHours(20), decision.HoldUntil);

        var optedOut = GateRules.Decide(night with
        {
            Consent = ConsentState.FromEntries([new(true, ConsentScopes.All, ConsentSpeakers.Customer, ConsentSources.Voice, s_noon)]),
        });
        Assert.Equal(3, optedOut.Gates.Count(gate => !gate.Allowed));
        Assert.Equal(GateNames.OptedOut, optedOut.FirstShut?.Gate);
        Assert.Null(optedOut.OpensAt);
        Assert.Null(optedOut.HoldUntil);
    }

    private static void AssertShut(GateFacts facts, string gate, DateTimeOffset? opensAt = null, bool isHeld = false)
    {
        var decision = GateRules.Decide(facts);

        Assert.False(decision.Allowed);
        Assert.Equal((gate, opensAt), (decision.FirstShut!.Gate, decision.FirstShut.OpensAt));
        Assert.Equal(gate, Assert.Single(decision.Gates, verdict => !verdict.Allowed).Gate);
        Assert.Equal(opensAt, decision.OpensAt);
        Assert.Equal(isHeld ? opensAt ?? facts.At + GateNames.AskAgainAfter : null, decision.HoldUntil);
        Assert.Equal(12, decision.Gates.Count);
    }

    private static IEnumerable<string> GateNamesInOrder() => typeof(GateNames).GetFields().Where(field => field.IsLiteral)
        .Select(field => (string)field.GetRawConstantValue()!);

    private static ChannelAddress Address(string text) => ChannelAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private static ChannelAddress Sender(string text) =>
        ChannelAddress.TryParseSender(text, out var address) ? address : throw new ArgumentException(text);
}
