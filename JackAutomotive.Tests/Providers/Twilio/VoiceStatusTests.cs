using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

public class VoiceStatusTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string StateSql = "SELECT concat_ws(' ', status, ring_seconds, talk_seconds, answered_by) FROM calls WHERE call_sid = $1";

    private WebhookApiInstance Api => fixture.Instance;

    private VoiceStatusDriver Driver => new(Api.Sms);

    [Theory]
    [InlineData("inbound")]
    [InlineData("outbound-api")]
    public async Task A_call_belongs_to_the_lead_of_its_customer_and_each_status_raises_one_event(string direction)
    {
        var customer = IncomingSmsDriver.NewNumber();
        var sid = VoiceStatusDriver.NewSid();

        foreach (var status in Driver.Answered(sid, customer, direction))
        {
            await DeliverAsync(status, status);
        }

        Assert.Equal(["lead_created", "call_status", "call_status", "call_status", "call_status"], await fixture.ReadEventTypesAsync(customer));
        Assert.Equal(["initiated", "ringing", "in-progress", "completed"], await ReadAnnouncedStatusesAsync(customer));
        Assert.Equal("completed 10 42 human", await fixture.ReadAsync<string>(StateSql, sid));
        var data = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT data::text FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND seq = 5", customer))!;
        Assert.Equal((sid, direction), ((string?)data["callSid"], (string?)data["direction"]));
        Assert.Equal((10, 42), ((double)data["ringSeconds"]!, (double)data["talkSeconds"]!));
        Assert.Equal("human", (string?)data["answeredBy"]);
    }

    [Fact]
    public async Task Shuffled_and_repeated_callbacks_end_in_the_same_state_and_raise_events_in_order()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 10; round++)
        {
            var customer = IncomingSmsDriver.NewNumber();
            var sid = VoiceStatusDriver.NewSid();
            var statuses = Driver.Answered(sid, customer);
            SignedRequest[] shuffled = [.. statuses, .. statuses];
            random.Shuffle(shuffled);

            await DeliverAsync(shuffled);

            Assert.Equal("completed 10 42 human", await fixture.ReadAsync<string>(StateSql, sid));
            Assert.Equal(4, await fixture.CountAsync("call_statuses WHERE call_sid = $1", sid));
            string[] order = ["initiated", "ringing", "in-progress", "completed"];
            var announced = await ReadAnnouncedStatusesAsync(customer);
            Assert.Equal(announced.OrderBy(status => Array.IndexOf(order, status)), announced); // A status may be repeated with its outcome.
            Assert.Equal("completed", announced[^1]);
        }
    }

    [Fact]
    public async Task A_single_final_callback_without_timestamp_and_sequence_number_completes_the_call()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var sid = VoiceStatusDriver.NewSid();

        await DeliverAsync(Driver.Fields(
            ("CallSid", sid), ("CallStatus", "completed"), ("Direction", "inbound"), ("From", customer), ("CallDuration", "7")));

        Assert.Equal("completed 7", await fixture.ReadAsync<string>(StateSql, sid));
        Assert.Equal(["lead_created", "call_status"], await fixture.ReadEventTypesAsync(customer));
        Assert.Equal(1, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"voice-status:{sid}:completed:-1:%"));
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("+266696687")]
    [InlineData("+7378742833")]
    [InlineData("+86282452253")]
    [InlineData("+8656696")]
    [InlineData("+2562533")]
    [InlineData("+12025550")]
    [InlineData("client:anonymous")]
    [InlineData("sip:anonymous@anonymous.invalid")]
    [InlineData("")]
    public async Task A_call_from_a_withheld_number_is_recorded_and_creates_no_lead(string from)
    {
        var leads = await fixture.CountAsync("leads");
        var sid = VoiceStatusDriver.NewSid();

        await DeliverAsync(Driver.Answered(sid, from));

        Assert.Equal("completed 10 42 human", await fixture.ReadAsync<string>(StateSql, sid));
        Assert.Equal(leads, await fixture.CountAsync("leads"));
    }

    [Fact]
    public async Task A_transfer_leg_belongs_to_the_lead_of_the_caller_and_creates_no_lead_of_the_colleague()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var colleague = IncomingSmsDriver.NewNumber();
        var (sid, leg) = (VoiceStatusDriver.NewSid(), VoiceStatusDriver.NewSid());

        await DeliverAsync(
            Driver.Progress(sid, customer, "in-progress", 2),
            Driver.Progress(leg, colleague, "ringing", 1, "outbound-dial", ("ParentCallSid", sid)));

        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", colleague));
        Assert.Equal(["in-progress", "ringing"], await ReadAnnouncedStatusesAsync(customer));
    }

    [Fact]
    public async Task A_call_is_assigned_to_the_lead_of_its_existing_conversation()
    {
        var (known, calling) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        var transcription = PostCallDriver.Transcription(number: known);
        var sid = (string)transcription["data"]!["metadata"]!["phone_call"]!["call_sid"]!;
        await DeliverAsync(Api.PostCall.Request(transcription));

        await DeliverAsync(Driver.Progress(sid, calling, "completed", 3));

        Assert.Equal(["completed"], await ReadAnnouncedStatusesAsync(known));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", calling));
    }

    [Fact]
    public async Task The_transcript_assigns_a_call_from_a_withheld_number_to_the_lead_of_the_conversation()
    {
        var transcription = PostCallDriver.Transcription();
        var phone = transcription["data"]!["metadata"]!["phone_call"]!;
        phone["external_number"] = "anonymous";
        var sid = (string)phone["call_sid"]!;

        await DeliverAsync([.. Driver.Answered(sid, "anonymous"), Api.PostCall.Request(transcription)]);

        Assert.Equal(1, await fixture.CountAsync("calls JOIN conversations USING (call_sid, lead_id) WHERE call_sid = $1", sid));
    }

    [Fact]
    public async Task A_conversation_is_assigned_to_the_lead_of_its_existing_call()
    {
        var (callNumber, transcriptNumber) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        var transcription = PostCallDriver.Transcription(number: transcriptNumber);
        var sid = (string)transcription["data"]!["metadata"]!["phone_call"]!["call_sid"]!;

        await DeliverAsync([.. Driver.Answered(sid, callNumber), Api.PostCall.Request(transcription)]);

        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", transcriptNumber));
        Assert.Equal(1, await fixture.CountAsync("calls JOIN conversations USING (call_sid, lead_id) WHERE call_sid = $1", sid));
    }

    [Fact]
    public async Task A_lead_lists_its_calls()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var (first, second) = (VoiceStatusDriver.NewSid(), VoiceStatusDriver.NewSid());
        await DeliverAsync(Driver.Answered(first, customer));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await DeliverAsync(Driver.Progress(second, customer, "busy", 1, "outbound-api"));

        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;

        var calls = lead["calls"]!.AsArray();
        Assert.Equal([(first, "completed"), (second, "busy")], calls.Select(call => ((string)call!["callSid"]!, (string)call["status"]!)));
        Assert.Equal(VoiceStatusDriver.Began.AddSeconds(30), (DateTimeOffset)calls[0]!["endedAt"]!);
        Assert.Equal((customer, 42), ((string?)calls[0]!["from"], (double)calls[0]!["talkSeconds"]!));
    }

    [Fact]
    public async Task A_signed_status_without_the_required_fields_is_answered_200_and_parked_as_malformed()
    {
        var mark = $"{Guid.NewGuid()}";
        await DeliverAsync(Driver.Fields(("CallStatus", "ringing"), ("Mark", mark)), Driver.Fields(("CallSid", "CA1"), ("Mark", mark)));

        Assert.Equal(2, await fixture.CountAsync(
            "inbox WHERE topic = 'twilio.voice-status' AND parked_as = 'malformed' AND encode(body, 'escape') LIKE $1", $"%{mark}%"));
    }

    [Fact]
    public async Task Invalid_values_in_optional_fields_do_not_stop_the_handling_of_a_call()
    {
        var sid = VoiceStatusDriver.NewSid();

        await DeliverAsync(Driver.Fields(
            ("CallSid", sid), ("CallStatus", "busy"), ("SequenceNumber", "-1"), ("Timestamp", "yesterday"), ("CallDuration", "long")));

        Assert.Equal("busy", await fixture.ReadAsync<string>(StateSql, sid));
    }

    [Fact]
    public async Task An_invalid_signature_is_answered_403_and_recorded_as_rejected()
    {
        var sid = VoiceStatusDriver.NewSid();
        var forger = new VoiceStatusDriver(new IncomingSmsDriver(Api.Address, "another-token"));

        using var answer = await forger.Progress(sid, IncomingSmsDriver.NewNumber(), "ringing", 1).SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch");
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"%{sid}%"));
        Assert.Equal(1, await fixture.CountAsync("rejected_deliveries WHERE topic = 'twilio.voice-status'"));
    }

    [Fact]
    public async Task The_endpoint_answers_empty_TwiML_and_reports_its_health_to_GET_and_HEAD() =>
        await TwilioEndpoint.AssertTwimlAndHealthAsync(
            Api, Driver.Progress(VoiceStatusDriver.NewSid(), IncomingSmsDriver.NewNumber(), "ringing", 1), VoiceStatusDriver.Path);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }

    private Task<List<string>> ReadAnnouncedStatusesAsync(string customer) => fixture.ListAsync<string>(
        """
        SELECT data->>'status' FROM lead_events JOIN leads ON leads.id = lead_id
        WHERE phone = $1 AND type = 'call_status' ORDER BY seq
        """,
        customer);
}
