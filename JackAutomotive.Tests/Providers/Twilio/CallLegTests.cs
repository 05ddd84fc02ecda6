using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

/// <summary>The legs of one call belong to one lead, in whatever order their webhooks arrive. Staff on a leg become no lead.</summary>
public class CallLegTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly string _customer = IncomingSmsDriver.NewNumber();
    private readonly string _colleague = IncomingSmsDriver.NewNumber();
    private readonly string _parent = VoiceStatusDriver.NewSid();
    private readonly string _leg = VoiceStatusDriver.NewSid();
    private readonly string _otherLeg = VoiceStatusDriver.NewSid();
    private readonly string _recording = RecordingDriver.NewSid();

    private WebhookApiInstance Api => fixture.Instance;

    private VoiceStatusDriver Voice => new(Api.Sms);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Any_order_of_a_calls_legs_and_their_recordings_ends_with_one_lead_and_one_announcement(int seed)
    {
        SignedRequest[] requests =
        [
            Voice.Progress(_parent, _customer, "in-progress", 2),
            Leg(_leg, "ringing", 1),
            Leg(_leg, "completed", 3),
            Leg(_otherLeg, "no-answer", 3),
            new RecordingDriver(Api.Sms).Status(_recording, _leg, "completed"),
        ];
        new Random(seed).Shuffle(requests);

        await DeliverAsync(requests);

        await AssertOneFamilyAsync("completed");
        Assert.Equal(1, await CountEventsAsync("recording_available", "recordingSid", _recording));
    }

    [Fact]
    public async Task All_webhooks_of_a_family_at_once_on_two_instances_end_with_one_lead()
    {
        await using var other = fixture.Start();
        for (var round = 0; round < 10; round++)
        {
            var (customer, parent, leg, recording) =
                (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid(), VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());
            await Voice.Progress(parent, customer, "in-progress", 2).DeliverAsync(Api.Client);
            await Leg(leg, "ringing", 1, parent).DeliverAsync(Api.Client);
            await new RecordingDriver(Api.Sms).Status(recording, leg, "completed").DeliverAsync(Api.Client);

            await Task.WhenAll(Api.DrainAsync(), other.DrainAsync());
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAll(Api.DrainAsync(), other.DrainAsync());

            Assert.Equal(2, await fixture.CountAsync("calls JOIN leads ON leads.id = lead_id WHERE phone = $1", customer));
            Assert.Equal(1, await CountEventsAsync("recording_available", "recordingSid", recording));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_conversation_on_the_parent_or_on_another_leg_identifies_the_lead_of_every_leg(bool isOnParent)
    {
        var transcription = PostCallDriver.Transcription(number: _customer);
        transcription["data"]!["metadata"]!["phone_call"]!["call_sid"] = isOnParent ? _parent : _otherLeg;

        await DeliverAsync(
            Leg(_leg, "completed", 3),
            new RecordingDriver(Api.Sms).Status(_recording, _leg, "completed"),
            Leg(_otherLeg, "completed", 3),
            Voice.Progress(_parent, "anonymous", "in-progress", 2));
        Assert.Equal(0, await fixture.CountAsync("calls WHERE call_sid = ANY ($1) AND lead_id IS NOT NULL", (object)Family));
        await DeliverAsync(Api.PostCall.Request(transcription));

        await AssertOneFamilyAsync("completed");
        Assert.Equal(1, await CountEventsAsync("recording_available", "recordingSid", _recording));
    }

    [Fact]
    public async Task A_leg_finds_the_conversation_of_a_parent_that_has_reported_no_status()
    {
        var transcription = PostCallDriver.Transcription(number: _customer);
        transcription["data"]!["metadata"]!["phone_call"]!["call_sid"] = _parent;

        await DeliverAsync(Api.PostCall.Request(transcription), Leg(_leg, "completed", 3));

        Assert.Equal(1, await fixture.CountAsync("calls JOIN leads ON leads.id = lead_id WHERE call_sid = $1 AND phone = $2", _leg, _customer));
    }

    [Fact]
    public async Task A_live_conversation_on_a_leg_is_announced_once_the_parent_identifies_the_lead()
    {
        var live = new ConversationEventsDriver(fixture.Time);
        await DeliverAsync(Leg(_leg, "in-progress", 2), live.Started(callSid: _leg), live.User("Hello?", 1, 1));
        Assert.Equal(0, await fixture.CountAsync("live_conversations WHERE conversation_id = $1 AND lead_id IS NOT NULL", live.Conversation));

        await DeliverAsync(Voice.Progress(_parent, _customer, "in-progress", 2));

        Assert.Equal(
            ["call_initiated", "call_status", "call_status", "conversation_user", "lead_created"],
            (await fixture.ReadEventTypesAsync(_customer)).Order());
    }

    [Theory]
    [InlineData("outbound-dial", true)]
    [InlineData("outbound-dial", false)]
    [InlineData("outbound-api", true)]
    [InlineData("inbound", true)]
    public async Task A_colleague_on_a_leg_becomes_no_lead(string direction, bool hasParent)
    {
        var leads = await fixture.CountAsync("leads");
        (string Name, string Value)[] parent = hasParent ? [("ParentCallSid", _parent)] : [];
        await DeliverAsync(Voice.Fields(
        [
            ("CallSid", _leg), ("CallStatus", "completed"), ("Direction", direction), ("From", _colleague), ("To", _colleague), .. parent,
        ]));
        Assert.Equal(leads, await fixture.CountAsync("leads"));
    }

    [Fact]
    public async Task A_call_to_or_from_configured_staff_creates_no_lead()
    {
        await using var api = fixture.Start(("STAFF_PHONE_NUMBERS", _colleague));
        var voice = new VoiceStatusDriver(api.Sms);
        await voice.Progress(_leg, _colleague, "completed", 3, "outbound-api").DeliverAsync(api.Client);
        await voice.Progress(_otherLeg, _colleague, "completed", 3).DeliverAsync(api.Client);
        await api.DrainAsync();

        Assert.Equal(0, await fixture.CountAsync("lead_addresses WHERE address = $1", _colleague));
        Assert.Equal(2, await fixture.CountAsync("calls WHERE call_sid = ANY ($1) AND status = 'completed'", (object)new[] { _leg, _otherLeg }));
    }

    [Fact]
    public async Task The_failure_of_a_leg_creates_no_lead_of_the_colleague()
    {
        await DeliverAsync(
            Voice.Progress(_parent, _customer, "in-progress", 2),
            Api.PostCall.Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "twilio", new JsonObject
            {
                ["CallSid"] = _leg,
                ["CallStatus"] = "busy",
                ["Direction"] = "outbound-dial",
                ["ParentCallSid"] = _parent,
                ["From"] = IncomingSmsDriver.OurNumber,
                ["To"] = _colleague,
            })));

        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", _colleague));
        Assert.Equal(["lead_created", "call_status", "call_status", "call_failed"], await fixture.ReadEventTypesAsync(_customer));
    }

    [Fact]
    public async Task The_lead_shows_which_clue_assigned_each_call()
    {
        await DeliverAsync(Leg(_leg, "completed", 3), Voice.Progress(_parent, _customer, "completed", 3));

        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _customer);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;

        var paths = lead["calls"]!.AsArray().ToDictionary(call => (string)call!["callSid"]!, call => (string?)call!["matchedBy"]);
        Assert.Equal(("phone", "call"), (paths[_parent], paths[_leg]));
    }

    [Theory]
    [InlineData("+12025550")]
    [InlineData("7378742833")]
    [InlineData("anonymous")]
    public async Task A_call_from_nobody_is_stored_and_found_by_its_caller(string from)
    {
        await DeliverAsync(Voice.Progress(_parent, from, "completed", 3));

        var path = $"/api/deliveries?sender={Uri.EscapeDataString(from)}";
        var page = (await Api.Client.GetFromJsonAsync<JsonNode>(path, TestContext.Current.CancellationToken))!;
        Assert.Contains(
            page["items"]!.AsArray(), item => ((string)item!["key"]!).StartsWith($"voice-status:{_parent}:completed:3", StringComparison.Ordinal));
        Assert.Equal(1, await fixture.CountAsync("calls WHERE call_sid = $1 AND lead_id IS NULL", _parent));
    }

    [Theory]
    [InlineData("client:Alice", "client", "Alice")]
    [InlineData("sip:jack@example.com", "sip", "jack@example.com")]
    public async Task A_caller_with_another_address_is_one_lead_with_that_address(string from, string kind, string address)
    {
        await DeliverAsync(Voice.Progress(_parent, from, "completed", 3), Voice.Progress(_leg, from, "completed", 3));

        Assert.Equal(2, await fixture.CountAsync("calls JOIN lead_addresses USING (lead_id) WHERE kind = $1 AND address = $2", kind, address));
    }

    [Fact]
    public async Task A_caller_with_a_number_in_a_SIP_address_is_the_lead_of_the_number()
    {
        await DeliverAsync(Api.Sms.Text(from: _customer), Voice.Progress(_parent, $"sip:{_customer}@trunk.example.com", "completed", 3));

        Assert.Equal(["lead_created", "sms_received", "call_status"], await fixture.ReadEventTypesAsync(_customer));
    }

    private string[] Family => [_parent, _leg, _otherLeg];

    private SignedRequest Leg(string sid, string status, int sequence, string? parent = null) =>
        Voice.Progress(sid, _colleague, status, sequence, "outbound-dial", ("ParentCallSid", parent ?? _parent));

    private async Task AssertOneFamilyAsync(string statusOfLeg)
    {
        Assert.Equal(1, await fixture.CountAsync("leads WHERE phone = $1", _customer));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", _colleague));
        Assert.Equal(3, await fixture.CountAsync(
            "calls JOIN leads ON leads.id = lead_id WHERE phone = $1 AND call_sid = ANY ($2)", _customer, Family));
        Assert.Equal(statusOfLeg, await fixture.ReadAsync<string>(
            """
            SELECT data->>'status' FROM lead_events JOIN leads ON leads.id = lead_id
            WHERE phone = $1 AND type = 'call_status' AND data->>'callSid' = $2 ORDER BY seq DESC LIMIT 1
            """,
            _customer,
            _leg));
    }

    private Task<long> CountEventsAsync(string type, string field, string value) =>
        fixture.CountAsync("lead_events WHERE type = $1 AND data->>$2 = $3", type, field, value);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
