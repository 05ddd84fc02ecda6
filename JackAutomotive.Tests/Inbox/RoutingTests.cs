using System.Net;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

public class RoutingTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string OtherNumber = "+12025550177";

    [Fact]
    public async Task Without_routing_settings_a_text_for_any_account_and_number_is_handled()
    {
        var api = fixture.Instance;
        var from = IncomingSmsDriver.NewNumber();
        await Text(api, from, OtherNumber, "AC0123").DeliverAsync(api.Client);
        await api.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_text_of_an_unknown_account_is_answered_403_and_recorded_as_rejected()
    {
        await using var api = fixture.Start(("TWILIO_ACCOUNT_SID", "AC1, AC2"));
        var rejected = await fixture.CountAsync("rejected_deliveries WHERE reason = 'unknown-account'");
        var stored = await fixture.CountAsync("inbox");

        using var answer = await Text(api, IncomingSmsDriver.NewNumber(), OtherNumber, "AC3").SendAsync(api.Client);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:unknown-account", "AC1", "AC3");
        Assert.Equal("unknown-account", (string?)problem["reason"]);
        Assert.Equal(rejected + 1, await fixture.CountAsync("rejected_deliveries WHERE reason = 'unknown-account'"));
        Assert.Equal(1, api.ReadCounter("webhook.rejected", "reason=unknown-account"));
        Assert.Equal(stored, await fixture.CountAsync("inbox"));

        await Text(api, IncomingSmsDriver.NewNumber(), OtherNumber, "AC2").DeliverAsync(api.Client);
        await api.Sms.Text().DeliverAsync(api.Client); // This text names no account.
        await api.DrainAsync();
    }

    [Fact]
    public async Task A_text_to_an_unknown_number_is_parked_and_is_handled_once_the_number_is_configured()
    {
        var from = IncomingSmsDriver.NewNumber();
        long id;
        await using (var one = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber)))
        {
            await WaitForReroutingAsync(one);
            await Text(one, from, OtherNumber).DeliverAsync(one.Client);
            id = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
            await one.DrainAsync();

            Assert.Equal("parked unroutable", await ReadStateAsync(id));
            Assert.Equal("To (+…77) is none of the numbers in TWILIO_PHONE_NUMBER", await ReadReasonAsync(id));
            Assert.DoesNotContain(one.Logs.Entries, entry => entry.Contains(OtherNumber, StringComparison.Ordinal));
        }

        // The configuration is unchanged, so the delivery is not retried.
        await using (var same = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber)))
        {
            await WaitForReroutingAsync(same);
            Assert.Equal("parked unroutable", await ReadStateAsync(id));
        }

        // Two instances start with the number added. The delivery is replayed once.
        await using var two = fixture.Start(("TWILIO_PHONE_NUMBER", $"{IncomingSmsDriver.OurNumber}, (202) 555-0177"));
        await using var three = fixture.Start(("TWILIO_PHONE_NUMBER", $"(202) 555-0177,{IncomingSmsDriver.OurNumber}"));
        await WaitForReroutingAsync(two);
        await WaitForReroutingAsync(three);
        Assert.Equal("pending", await ReadStateAsync(id));
        Assert.Equal(1, await fixture.CountAsync("delivery_replays WHERE delivery_id = $1", id));
        await two.DrainAsync();
        Assert.Equal("done", await ReadStateAsync(id));
        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_delivery_that_stays_unroutable_is_retried_once_per_configuration()
    {
        long id;
        await using (var one = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber)))
        {
            await Text(one, IncomingSmsDriver.NewNumber(), OtherNumber).DeliverAsync(one.Client);
            id = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
            await one.DrainAsync();
        }

        for (var start = 0; start < 2; start++)
        {
            await using var two = fixture.Start(("TWILIO_PHONE_NUMBER", "+12025550188"));
            await WaitForReroutingAsync(two);
            Assert.Equal(start == 0 ? "pending" : "parked unroutable", await ReadStateAsync(id));
            await two.DrainAsync();
        }

        Assert.Equal("parked unroutable", await ReadStateAsync(id));
        Assert.Equal(2, await fixture.ReadAsync<int>("SELECT attempts FROM inbox WHERE id = $1", id));
    }

    [Fact]
    public async Task A_call_on_an_unknown_number_is_parked_in_both_directions_and_a_transfer_leg_is_handled()
    {
        await using var api = fixture.Start(("TWILIO_PHONE_NUMBER", OtherNumber));
        var voice = new VoiceStatusDriver(api.Sms);
        var customer = IncomingSmsDriver.NewNumber();
        foreach (var (direction, field) in new[] { ("inbound", "To"), ("outbound-api", "From") })
        {
            await voice.Progress(VoiceStatusDriver.NewSid(), customer, "ringing", 1, direction).DeliverAsync(api.Client);
            await api.DrainAsync();
            var id = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
            Assert.Equal($"{field} (+…99) is none of the numbers in TWILIO_PHONE_NUMBER", await ReadReasonAsync(id));
        }

        // The numbers of a transfer leg are those of other people, so the leg is handled without a check of its numbers.
        var leg = voice.Progress(VoiceStatusDriver.NewSid(), customer, "ringing", 1, "outbound-dial", ("ParentCallSid", "CA1"));
        await leg.DeliverAsync(api.Client);
        await api.DrainAsync();
        Assert.Equal("done", await ReadStateAsync(await fixture.ReadAsync<long>("SELECT max(id) FROM inbox")));
    }

    [Fact]
    public async Task A_conversation_of_an_unknown_agent_is_parked_until_the_agent_is_configured()
    {
        var number = IncomingSmsDriver.NewNumber();
        await using (var one = fixture.Start(("ELEVENLABS_AGENT_ID", "agent_ours")))
        {
            await one.PostCall.Request(PostCallDriver.Transcription(number: number)).DeliverAsync(one.Client);
            await one.DrainAsync();
            Assert.Equal(
                "agent_id is none of the agents in ELEVENLABS_AGENT_ID",
                await ReadReasonAsync(await fixture.ReadAsync<long>("SELECT max(id) FROM inbox")));
        }

        await using var two = fixture.Start(("ELEVENLABS_AGENT_ID", "agent_ours,agent_test"));
        await WaitForReroutingAsync(two);
        await two.DrainAsync();
        Assert.Equal(3, (await fixture.ReadEventTypesAsync(number)).Count);
    }

    [Fact]
    public async Task An_unroutable_delivery_is_handled_once_a_version_with_a_handler_starts()
    {
        const string Future = "twilio.of-the-future";
        var id = await fixture.ReadAsync<long>("""
            INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
            VALUES ('twilio', $1, 'future:1', 'future:1', '', '', '{}', '-infinity', now()) RETURNING id
            """, Future);
        await fixture.Instance.DrainAsync();
        Assert.Equal("parked unroutable", await ReadStateAsync(id));

        await using var newer = fixture.Start(instance => instance.With(services => services.AddDeliveryHandler<NoOpHandler>(Future)));
        await WaitForReroutingAsync(newer);
        await newer.DrainAsync();
        Assert.Equal("done", await ReadStateAsync(id));
    }

    [Fact]
    public async Task A_configuration_change_does_not_retry_a_malformed_delivery()
    {
        await fixture.Instance.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(fixture.Instance.Client);
        var id = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
        await fixture.Instance.DrainAsync();

        await using var other = fixture.Start(("TWILIO_PHONE_NUMBER", "+12025550166"));
        await WaitForReroutingAsync(other);
        Assert.Equal("parked malformed", await ReadStateAsync(id));
    }

    [Property]
    public bool The_routing_fingerprint_depends_on_the_facts_and_not_on_their_order(NonEmptyArray<NonNull<string>> values, NonNull<string> more)
    {
        var facts = values.Get.Select(value => new RoutingFact("setting", value.Get)).ToList();
        var added = new RoutingFact("setting", more.Get);
        return RoutingConfiguration.ComputeFingerprint(facts) == RoutingConfiguration.ComputeFingerprint(Enumerable.Reverse(facts))
            && (facts.Contains(added) || RoutingConfiguration.ComputeFingerprint(facts) != RoutingConfiguration.ComputeFingerprint([.. facts, added]))
            && RoutingConfiguration.ComputeFingerprint(facts)
                != RoutingConfiguration.ComputeFingerprint(facts.Select(fact => fact with { Kind = "other" }));
    }

    private static SignedRequest Text(WebhookApiInstance api, string from, string to, string account = "AC9") => api.Sms.Fields(
    [
        ("MessageSid", IncomingSmsDriver.NewSid()), ("AccountSid", account), ("From", from), ("To", to), ("Body", "Hi"), ("NumMedia", "0"),
    ]);

    // The service examines parked deliveries in the background, after its start.
    private static Task WaitForReroutingAsync(WebhookApiInstance api) =>
        api.Services.GetRequiredService<RerouteWorker>().ExecuteTask ?? Task.CompletedTask;

    private Task<string> ReadStateAsync(long id) =>
        fixture.ReadAsync<string>("SELECT state || coalesce(' ' || parked_as, '') FROM inbox WHERE id = $1", id);

    private Task<string> ReadReasonAsync(long id) => fixture.ReadAsync<string>("SELECT reason FROM inbox WHERE id = $1", id);

    private sealed class NoOpHandler : IDeliveryHandler
    {
        public Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken) =>
            Task.FromResult(DeliveryResult.Done);
    }
}
