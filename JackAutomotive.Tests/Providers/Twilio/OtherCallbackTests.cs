using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

/// <summary>Callbacks that lack a usual field, or that are configured with the address of another webhook.</summary>
public class OtherCallbackTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    private VoiceStatusDriver Voice => new(Api.Sms);

    private RecordingDriver Recordings => new(Api.Sms);

    [Theory]
    [InlineData("machine_start", "voicemail")]
    [InlineData("machine_end_beep", "voicemail")]
    [InlineData("fax", "fax")]
    [InlineData("human", "person")]
    public async Task An_asynchronous_detection_is_stored_with_the_call_and_raises_its_outcome(string answeredBy, string outcome)
    {
        var (customer, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());

        await DeliverAsync(
            Voice.Progress(sid, customer, "initiated", 0, "outbound-api"),
            Voice.Progress(sid, customer, "in-progress", 2, "outbound-api"),
            Voice.Detected(sid, answeredBy),
            Voice.Progress(sid, customer, "completed", 3, "outbound-api", ("CallDuration", "9")));

        Assert.Equal(
            ["initiated  ", $"in-progress  ", $"in-progress {answeredBy} {outcome}", $"completed {answeredBy} {outcome}"],
            await ReadStatusesAsync(customer));
        var call = (await ReadLeadAsync(customer))["calls"]![0]!;
        Assert.Equal((answeredBy, outcome, "hung_up"), ((string?)call["answeredBy"], (string?)call["outcome"], (string?)call["mechanism"]));
        Assert.NotEmpty((string)call["outcomeReason"]!);
    }

    [Fact]
    public async Task A_detection_that_arrives_last_keeps_the_final_status_and_announces_who_answered()
    {
        var (customer, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());

        await DeliverAsync(Voice.Progress(sid, customer, "completed", 3, "outbound-api"), Voice.Detected(sid, "machine_start"));

        Assert.Equal(["completed  answered", "completed machine_start voicemail"], await ReadStatusesAsync(customer));
    }

    [Fact]
    public async Task A_detection_that_arrives_first_is_announced_once_the_lead_is_known()
    {
        var (customer, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());

        await DeliverAsync(Voice.Detected(sid, "human"), Voice.Progress(sid, customer, "initiated", 0, "outbound-api"));

        Assert.Equal(["in-progress human person"], await ReadStatusesAsync(customer));
    }

    [Theory]
    [InlineData("recording join call")]
    [InlineData("recording call join")]
    [InlineData("join call recording")]
    [InlineData("call join recording")]
    [InlineData("join recording call")]
    [InlineData("call recording join")]
    public async Task The_recording_of_a_conference_is_announced_to_the_lead_who_took_part(string order)
    {
        var (customer, call, conference) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid(), $"CF{Guid.NewGuid():N}");
        var sid = RecordingDriver.NewSid();
        foreach (var step in order.Split(' '))
        {
            await DeliverAsync(step switch
            {
                "recording" => Recordings.OfConference(sid, conference),
                "join" => Voice.Joined(call, conference),
                _ => Voice.Progress(call, customer, "in-progress", 2),
            });
        }

        await DeliverAsync(Recordings.OfConference(sid, conference), Voice.Joined(call, conference));

        Assert.Equal([$"{sid} {conference}"], await fixture.ListAsync<string>(
            """
            SELECT concat_ws(' ', data->>'recordingSid', data->>'conferenceSid', data->>'callSid') FROM lead_events JOIN leads ON leads.id = lead_id
            WHERE phone = $1 AND type = 'recording_available'
            """,
            customer));
        var recording = (await ReadLeadAsync(customer))["calls"]![0]!["recordings"]![0]!;
        Assert.Equal((sid, conference), ((string?)recording["recordingSid"], (string?)recording["conferenceSid"]));
    }

    [Fact]
    public async Task The_recording_of_a_conference_of_strangers_is_stored()
    {
        var (sid, conference) = (RecordingDriver.NewSid(), $"CF{Guid.NewGuid():N}");

        await DeliverAsync(Recordings.OfConference(sid, conference));

        Assert.Equal("completed", await fixture.ReadAsync<string>(
            "SELECT status FROM recordings WHERE recording_sid = $1 AND conference_sid = $2 AND call_sid IS NULL", sid, conference));
    }

    [Fact]
    public async Task The_recording_of_a_conference_is_deleted_with_its_lead()
    {
        var (customer, call, conference) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid(), $"CF{Guid.NewGuid():N}");
        var sid = RecordingDriver.NewSid();
        await DeliverAsync(
            Voice.Progress(call, customer, "in-progress", 2), Voice.Joined(call, conference), Recordings.OfConference(sid, conference));

        await fixture.ReadAsync<string>("DELETE FROM leads WHERE phone = $1 RETURNING phone", customer);

        Assert.Equal(0, await fixture.CountAsync("recordings WHERE recording_sid = $1", sid));
    }

    [Theory]
    [InlineData("voice/status", "CallSid=@CA&AccountSid=AC1&Digits=1234")]
    [InlineData("voice/status", "CallSid=@CA&AccountSid=AC1&StirVerstat=TN-Validation-Passed-A&From=%2B12025550115&To=%2B12025550199")]
    [InlineData("voice/status", "CallSid=@CA&CallStatus=ringing&Direction=inbound&AccountSid=AC1&StirVerstat=TN-Validation-Passed-A")]
    [InlineData("voice/status", "CallSid=@CA&CallStatus=no-answer&ErrorCode=11205&ErrorUrl=https%3A%2F%2Fexample.com")]
    [InlineData("voice/status", "ConferenceSid=CF1&StatusCallbackEvent=conference-start&AccountSid=AC1&SequenceNumber=1")]
    [InlineData("voice/status", "ConferenceSid=CF1&StatusCallbackEvent=conference-end&AccountSid=AC1&ReasonConferenceEnded=last-participant-left")]
    [InlineData("voice/status", "CallSid=@CA&CallStatus=completed&RecordingSid=@RE&RecordingUrl=https%3A%2F%2Fexample.com%2F1&RecordingDuration=7")]
    [InlineData("voice/status", "RecordingSid=@RE&CallSid=@CA&RecordingStatus=completed")]
    [InlineData("voice/recording", "CallSid=@CA&CallStatus=completed&SequenceNumber=3")]
    [InlineData("sms/status", "MessageSid=@SM&EventType=READ&ChannelPrefix=whatsapp")]
    [InlineData("sms/status", "SmsSid=@SM&SmsStatus=delivered&RawDlrDoneDate=2611231200")]
    [InlineData("sms/status", "SmsMessageSid=@SM&MessageStatus=delivered&ChannelStatusMessage=x&ChannelInstallSid=XE1")]
    [InlineData("sms/incoming", "MessageSid=@SM&MessageStatus=delivered&From=%2B12025550199&To=%2B12025550115")]
    [InlineData("sms/incoming", "MessageSid=@SM&From=%2B12025550115&To=%2B12025550199&Body=STOP&OptOutType=STOP&SmsStatus=received")]
    [InlineData("sms/status", "MessageSid=@SM&From=%2B12025550115&To=%2B12025550199&Body=Hello&NumMedia=0&SmsStatus=received")]
    public async Task A_callback_that_identifies_its_subject_is_never_malformed(string webhook, string fields)
    {
        var sids = new List<string>();
        var form = fields.Split('&').Select(field => field.Split('=')).Select(parts => (parts[0], Uri.UnescapeDataString(parts[1]) switch
        {
            ['@', .. var prefix] => AddSid(prefix),
            var value => value,
        })).ToArray();

        string AddSid(string prefix)
        {
            sids.Add($"{prefix}{Guid.NewGuid():N}");
            return sids[^1];
        }

        await DeliverAsync(Api.Sms.Fields(form, $"/api/webhooks/twilio/{webhook}"));

        Assert.Equal(
            "done",
            await fixture.ReadAsync<string>(
                "SELECT concat_ws(' ', state, parked_as) FROM inbox WHERE dedup_key LIKE ANY ($1) ORDER BY id DESC LIMIT 1",
                (object)sids.DefaultIfEmpty("CF1").Select(sid => $"%:{sid}%").ToArray()));
    }

    [Fact]
    public async Task A_text_that_is_sent_to_the_status_address_is_a_text_and_a_status_at_the_text_address_a_status()
    {
        var (customer, text, sent) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewSid());
        await DeliverAsync(
            Api.Sms.Fields(
                [("MessageSid", text), ("From", customer), ("To", IncomingSmsDriver.OurNumber), ("Body", "Hello"), ("SmsStatus", "received")],
                SmsStatusDriver.Path),
            Api.Sms.Fields([("MessageSid", sent), ("From", IncomingSmsDriver.OurNumber), ("To", customer), ("MessageStatus", "sent")]),
            Api.Sms.Fields([("MessageSid", sent), ("From", IncomingSmsDriver.OurNumber), ("To", customer), ("MessageStatus", "delivered")]));

        Assert.Equal(["lead_created", "sms_received", "message_status", "message_status"], await fixture.ReadEventTypesAsync(customer));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", IncomingSmsDriver.OurNumber));
    }

    [Fact]
    public async Task A_recording_that_only_the_final_status_of_its_call_names_is_announced()
    {
        var (customer, call, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());

        await DeliverAsync(Voice.Progress(
            call, customer, "completed", 3, "inbound", ("RecordingSid", sid), ("RecordingUrl", "https://example.com/1"), ("RecordingDuration", "7")));

        Assert.Equal(["lead_created", "call_status", "recording_available"], await fixture.ReadEventTypesAsync(customer));
    }

    private async Task<JsonNode> ReadLeadAsync(string customer)
    {
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);
        return (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;
    }

    private Task<List<string>> ReadStatusesAsync(string customer) => fixture.ListAsync<string>(
        """
        SELECT (data->>'status') || ' ' || coalesce(data->>'answeredBy', '') || ' ' || coalesce(data->>'outcome', '')
        FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND type = 'call_status' ORDER BY seq
        """,
        customer);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
