using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

/// <summary>Calls that failed to connect. ElevenLabs reports the failure, and Twilio reports the same telephone call.</summary>
public class CallInitiationFailureTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Theory]
    [InlineData("busy", "busy", "busy")]
    [InlineData("no-answer", "no-answer", "no_answer")]
    [InlineData("unknown", "failed", "failed")]
    public async Task A_Twilio_failure_marks_the_call_and_the_conversation_and_raises_call_failed(
        string reason,
        string status,
        string result)
    {
        var (conversation, sid, number) = NewIds();
        await DeliverAsync(PostCallDriver.Failure(conversation, reason, "twilio", TwilioMetadata(sid, number, status)));

        Assert.Equal(["lead_created", "call_status", "call_failed"], await fixture.ReadEventTypesAsync(number));
        Assert.Equal($"{status} outbound-api 487", await ReadCallAsync(sid));
        Assert.Equal($"failed {result} {sid} {number}", await ReadConversationAsync(conversation));
        var data = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT data::text FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND type = 'call_failed'", number))!;
        Assert.Equal((conversation, sid, reason), ((string?)data["conversationId"], (string?)data["callSid"], (string?)data["reason"]));
    }

    [Theory]
    [InlineData("busy", "busy")]
    [InlineData("unknown", "failed")]
    public async Task A_SIP_failure_marks_the_call_and_the_conversation_and_raises_call_failed(string reason, string status)
    {
        var (conversation, sid, number) = NewIds();
        await DeliverAsync(PostCallDriver.Failure(conversation, reason, "sip", new JsonObject
        {
            ["from_number"] = IncomingSmsDriver.OurNumber,
            ["to_number"] = number,
            ["sip_status_code"] = 486,
            ["error_reason"] = "Busy Here",
            ["call_sid"] = sid,
        }));

        Assert.Equal(["lead_created", "call_status", "call_failed"], await fixture.ReadEventTypesAsync(number));
        Assert.Equal($"{status} outbound-api 486", await ReadCallAsync(sid));
        Assert.Equal("Busy Here", await fixture.ReadAsync<string>(
            "SELECT termination_reason FROM conversations WHERE conversation_id = $1", conversation));
    }

    [Theory]
    [InlineData("failure status")]
    [InlineData("status failure")]
    [InlineData("ringing failure status")]
    [InlineData("failure ringing status failure")]
    public async Task Any_order_of_the_Twilio_callbacks_yields_one_call_with_one_end(string order)
    {
        var (conversation, sid, number) = NewIds();
        var twilio = new VoiceStatusDriver(Api.Sms);
        foreach (var step in order.Split(' '))
        {
            if (step == "failure")
            {
                await DeliverAsync(PostCallDriver.Failure(conversation, "no-answer", "twilio", TwilioMetadata(sid, number, "no-answer")));
            }
            else
            {
                var (status, sequence) = step == "ringing" ? ("ringing", 1) : ("no-answer", 2);
                await twilio.Progress(sid, number, status, sequence, "outbound-api").DeliverAsync(Api.Client);
                await Api.DrainAsync();
            }
        }

        var events = await fixture.ReadEventTypesAsync(number);
        Assert.Single(events, type => type == "call_failed");
        Assert.Equal(order.StartsWith("ringing", StringComparison.Ordinal) ? 2 : 1, events.Count(type => type == "call_status"));
        Assert.Equal("no-answer outbound-api 487", await ReadCallAsync(sid));
        Assert.Equal(1, await fixture.CountAsync("call_statuses WHERE call_sid = $1 AND status = 'no-answer'", sid));
        Assert.Equal(1, await fixture.CountAsync("calls JOIN leads ON leads.id = lead_id WHERE call_sid = $1 AND phone = $2", sid, number));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transcript_overrides_a_failure_of_its_conversation_whichever_arrives_first(bool isFailureFirst)
    {
        var (conversation, sid, number) = NewIds();
        var failure = PostCallDriver.Failure(conversation, "busy", "twilio", TwilioMetadata(sid, number, "busy"));
        var transcript = PostCallDriver.Transcription(conversation, number, 1_792_000_000);
        foreach (var payload in isFailureFirst ? new[] { failure, transcript } : [transcript, failure])
        {
            await DeliverAsync(payload);
        }

        Assert.StartsWith("done answered", await ReadConversationAsync(conversation), StringComparison.Ordinal);
        Assert.Single(await fixture.ReadEventTypesAsync(number), type => type == "call_failed");
        Assert.Equal(1, await fixture.ReadAsync<int>("SELECT revision FROM conversations WHERE conversation_id = $1", conversation));
    }

    [Fact]
    public async Task A_failure_that_is_handled_again_raises_no_event()
    {
        var (conversation, sid, number) = NewIds();
        await DeliverAsync(PostCallDriver.Failure(conversation, "busy", "twilio", TwilioMetadata(sid, number, "busy")));
        var before = await fixture.ReadEventTypesAsync(number);

        await fixture.ReadAsync<long>(
            "UPDATE inbox SET state = 'pending', completed_at = NULL, due_at = received_at WHERE dedup_key LIKE $1 RETURNING id", $"%{conversation}%");
        Assert.Equal(1, await Api.DrainAsync());

        Assert.Equal(before, await fixture.ReadEventTypesAsync(number));
    }

    [Fact]
    public async Task A_failure_without_a_call_or_a_number_is_recorded()
    {
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Failure(conversation, "unknown", "carrier pigeon", []));

        Assert.Equal("failed failed", (await ReadConversationAsync(conversation)).Trim());
        Assert.Equal(1, await fixture.CountAsync(
            """
            lead_events JOIN conversations USING (lead_id)
            WHERE conversation_id = $1 AND type = 'call_failed' AND data->>'reason' = 'unknown'
            """,
            conversation));
    }

    private static (string Conversation, string Sid, string Number) NewIds() =>
        (PostCallDriver.NewConversation(), VoiceStatusDriver.NewSid(), IncomingSmsDriver.NewNumber());

    private static JsonObject TwilioMetadata(string sid, string number, string status) => new()
    {
        ["CallSid"] = sid,
        ["CallStatus"] = status,
        ["SequenceNumber"] = "2",
        ["Timestamp"] = "Mon, 23 Nov 2026 11:00:20 +0000",
        ["From"] = IncomingSmsDriver.OurNumber,
        ["To"] = number,
        ["Direction"] = "outbound-api",
        ["SipResponseCode"] = "487",
    };

    private async Task DeliverAsync(JsonObject payload)
    {
        await Api.PostCall.Request(payload).DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    private Task<string> ReadCallAsync(string sid) =>
        fixture.ReadAsync<string>("SELECT concat_ws(' ', status, direction, sip_response_code) FROM calls WHERE call_sid = $1", sid);

    private Task<string> ReadConversationAsync(string conversation) => fixture.ReadAsync<string>(
        "SELECT concat_ws(' ', status, call_result, call_sid, external_number) FROM conversations WHERE conversation_id = $1", conversation);
}
