using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

public class RecordingTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string StateSql = "SELECT concat_ws(' ', status, duration_seconds, channels) FROM recordings WHERE recording_sid = $1";

    private WebhookApiInstance Api => fixture.Instance;

    private RecordingDriver Driver => new(Api.Sms);

    private VoiceStatusDriver Voice => new(Api.Sms);

    [Fact]
    public async Task A_recording_is_announced_once_for_any_order_and_repetition_of_its_callbacks()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 10; round++)
        {
            var customer = IncomingSmsDriver.NewNumber();
            var (call, sid) = (VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());
            SignedRequest[] requests =
            [
                Voice.Progress(call, customer, "completed", 3),
                Driver.Status(sid, call, "in-progress"),
                Driver.Status(sid, call, "completed"),
            ];
            requests = [.. requests, .. requests];
            random.Shuffle(requests);

            await DeliverAsync(requests);

            Assert.Equal("completed 42 2", await fixture.ReadAsync<string>(StateSql, sid));
            Assert.Equal(2, await fixture.CountAsync("recording_statuses WHERE recording_sid = $1", sid));
            Assert.Equal([sid], await ReadAnnouncedSidsAsync(customer));
        }
    }

    [Fact]
    public async Task A_recording_that_arrives_first_is_announced_once_the_transcript_arrives()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var transcription = PostCallDriver.Transcription(number: customer);
        var call = (string)transcription["data"]!["metadata"]!["phone_call"]!["call_sid"]!;
        var sid = RecordingDriver.NewSid();

        await DeliverAsync(Driver.Status(sid, call, "completed"));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", customer));
        await DeliverAsync(Api.PostCall.Request(transcription));

        Assert.Equal([sid], await ReadAnnouncedSidsAsync(customer));
    }

    [Fact]
    public async Task A_recording_of_an_existing_conversation_is_assigned_to_the_lead_of_the_conversation()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var transcription = PostCallDriver.Transcription(number: customer);
        var call = (string)transcription["data"]!["metadata"]!["phone_call"]!["call_sid"]!;
        var sid = RecordingDriver.NewSid();

        await DeliverAsync(Api.PostCall.Request(transcription), Driver.Status(sid, call, "completed"));

        Assert.Equal([sid], await ReadAnnouncedSidsAsync(customer));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("failed")]
    [InlineData("in-progress")]
    [InlineData("something new")]
    public async Task A_recording_that_is_not_completed_is_not_announced(string status)
    {
        var customer = IncomingSmsDriver.NewNumber();
        var (call, sid) = (VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());

        await DeliverAsync(Voice.Progress(call, customer, "completed", 3), Driver.Status(sid, call, status, duration: -1));

        Assert.Empty(await ReadAnnouncedSidsAsync(customer));
        Assert.Equal(1, await fixture.CountAsync("recording_statuses WHERE recording_sid = $1 AND status = $2", sid, status));
    }

    [Fact]
    public async Task A_lead_lists_the_recordings_of_its_calls_and_a_duration_of_minus_one_is_null()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var (call, first, second) = (VoiceStatusDriver.NewSid(), RecordingDriver.NewSid(), RecordingDriver.NewSid());
        await DeliverAsync(Voice.Progress(call, customer, "completed", 3), Driver.Status(first, call, "completed", duration: -1));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await DeliverAsync(Driver.Status(second, call, "in-progress", duration: 7));

        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;

        var recordings = lead["calls"]![0]!["recordings"]!.AsArray();
        Assert.Equal(
            [(first, "completed", null), (second, "in-progress", 7)],
            recordings.Select(r => ((string)r!["recordingSid"]!, (string)r["status"]!, (int?)r["durationSeconds"])));
        Assert.Equal([first], await ReadAnnouncedSidsAsync(customer));
    }

    [Fact]
    public async Task A_signed_callback_without_the_required_fields_is_answered_200_and_parked_as_malformed()
    {
        var mark = $"{Guid.NewGuid()}";
        await DeliverAsync(
            Driver.Fields(("RecordingStatus", "completed"), ("Mark", mark)),
            Driver.Fields(("RecordingSid", "RE1"), ("RecordingStatus", "completed"), ("Mark", mark)),
            Driver.Fields(("RecordingSid", "RE1"), ("CallSid", "CA1"), ("Mark", mark)));

        Assert.Equal(3, await fixture.CountAsync(
            "inbox WHERE topic = 'twilio.recording' AND parked_as = 'malformed' AND encode(body, 'escape') LIKE $1", $"%{mark}%"));
    }

    [Fact]
    public async Task An_invalid_signature_is_answered_403_and_recorded_as_rejected()
    {
        var sid = RecordingDriver.NewSid();
        var forger = new RecordingDriver(new IncomingSmsDriver(Api.Address, "another-token"));

        using var answer = await forger.Status(sid, VoiceStatusDriver.NewSid(), "completed").SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch");
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"%{sid}%"));
        Assert.Equal(1, await fixture.CountAsync("rejected_deliveries WHERE topic = 'twilio.recording'"));
    }

    [Fact]
    public async Task The_endpoint_answers_empty_TwiML_and_reports_its_health_to_GET_and_HEAD() =>
        await TwilioEndpoint.AssertTwimlAndHealthAsync(
            Api, Driver.Status(RecordingDriver.NewSid(), VoiceStatusDriver.NewSid(), "completed"), RecordingDriver.Path);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }

    private Task<List<string>> ReadAnnouncedSidsAsync(string customer) => fixture.ListAsync<string>(
        """
        SELECT data->>'recordingSid' FROM lead_events JOIN leads ON leads.id = lead_id
        WHERE phone = $1 AND type = 'recording_available' ORDER BY seq
        """,
        customer);
}
