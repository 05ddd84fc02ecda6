using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>POST /api/elevenlabs/outbound-call, and what follows from the result of a call.</summary>
public sealed class OutboundCallTests(Servers servers) : OutboundTest(servers)
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private protected override (string Name, string? Value)[] Settings =>
        [("Outbound:TextAfterMissedCall", "We could not reach you."), ("Outbound:CallRetryDelays:0", "01:00:00"), ("Outbound:CallSpacing", "00:00:00")];

    [Fact]
    public async Task A_call_carries_the_briefing_the_reason_and_its_attempt_as_variables_of_its_own()
    {
        await Api.Sms.Text("Is the blue one still there?", Driver.Number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var lead = await Fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", Driver.Number);
        var id = await Driver.AcceptAsync("/api/elevenlabs/outbound-call", new JsonObject
        {
            ["leadId"] = lead.ToString(),
            ["reason"] = "The blue one",
            ["dynamicVariables"] = new JsonObject { ["car"] = "Civic", ["doors"] = 4 },
        });
        await Api.SendAsync();

        var call = Assert.Single(Providers.Calls);
        Assert.Equal((Driver.Number, ProviderServer.Agent, ProviderServer.NumberId), (call.To, call.Fields["agent_id"], call.Fields["agent_phone_number_id"]));
        var data = JsonNode.Parse(call.Fields["data"])!;
        var variables = data["dynamic_variables"]!;
        Assert.Equal(
            (lead.ToString(), lead.ToString(), "The blue one", "Civic", 4, $"{id}/1"),
            ((string?)data["user_id"], (string?)variables["lead_id"], (string?)variables["call_reason"], (string?)variables["car"], (int)variables["doors"]!,
                (string?)variables["outbound_attempt"]));
        Assert.Contains("Is the blue one still there?", (string?)variables["recent_messages"], StringComparison.Ordinal);
        Assert.Null(data["conversation_config_override"]);
        var attempt = Assert.Single((await Driver.GetAsync(id))["attempts"]!.AsArray())!;
        Assert.Equal((call.Id, call.CallSid), ((string?)attempt["conversationId"], (string?)attempt["callSid"]));
        Assert.Equal(["lead_created", "sms_received", "outbound_updated", "call_requested"], await Driver.EventTypesAsync());
        Assert.Equal(lead, await Fixture.ReadAsync<Guid>("SELECT lead_id FROM calls WHERE call_sid = $1", call.CallSid!));
    }

    [Fact]
    public async Task An_unknown_agent_is_refused_and_a_known_one_is_asked_for_once()
    {
        using var unknown = await Driver.PostCallAsync(new JsonObject { ["to"] = Driver.Number, ["agentId"] = "agent_other" });
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.NotNull((await Problem.AssertAsync(unknown))["errors"]!["agentId"]);
        for (var i = 0; i < 3; i++)
        {
            await new OutboundDriver(Fixture, Api).CallAsync();
        }

        await Api.SendAsync();

        // One request for each agent, and one for the numbers.
        Assert.Equal((3, 3), (Providers.Calls.Count, Providers.DirectoryRequests));
    }

    [Theory]
    [InlineData("""{"to": "messenger:123"}""", "to")]
    [InlineData("""{"to": "+12125550123", "body": "x"}""", "body")]
    [InlineData("""{"to": "+12125550123", "dynamicVariables": {"system__time": "x"}}""", "dynamicVariables.system__time")]
    [InlineData("""{"to": "+12125550123", "dynamicVariables": {"lead_id": "x"}}""", "dynamicVariables.lead_id")]
    [InlineData("""{"to": "+12125550123", "dynamicVariables": {"a": [1]}}""", "dynamicVariables.a")]
    [InlineData("""{"to": "+12125550123", "agentId": ""}""", "agentId")]
    public async Task A_wrong_request_is_answered_with_the_field_that_is_wrong(string request, string field)
    {
        using var answer = await Driver.PostCallAsync(JsonNode.Parse(request)!.AsObject());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(field, (await Problem.AssertAsync(answer))["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task A_call_whose_answer_is_lost_is_found_by_its_variable_and_not_dialled_again()
    {
        Providers.Fail(ProviderFault.DropAfter);
        var id = await Driver.CallAsync();
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(1));

        var attempt = Assert.Single((await Driver.GetAsync(id))["attempts"]!.AsArray())!;
        var call = Assert.Single(Providers.Calls);
        Assert.Equal((call.Id, call.CallSid, 1), ((string?)attempt["conversationId"], (string?)attempt["callSid"], Providers.Requests));
    }

    [Fact]
    public async Task A_success_without_ids_is_looked_up_and_a_call_that_only_Twilio_has_is_found_by_its_number()
    {
        Providers.CallAnswer = _ => new JsonObject { ["success"] = true, ["message"] = "ok", ["conversation_id"] = null, ["callSid"] = null };
        Providers.ConversationsAreHidden = true;
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        Assert.Equal("unknown", await Driver.StateAsync(id));
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(1));

        var attempt = Assert.Single((await Driver.GetAsync(id))["attempts"]!.AsArray())!;
        Assert.Equal(Assert.Single(Providers.Calls).CallSid, (string?)attempt["callSid"]);
    }

    [Fact]
    public async Task A_failure_with_the_status_200_is_a_failed_call_that_is_repeated_later()
    {
        Providers.CallRefusal = 200;
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        var job = await Driver.GetAsync(id);
        Assert.Equal(("queued", "refused"), ((string?)job["state"], (string?)job["attempts"]![0]!["outcome"]));

        Providers.CallRefusal = null;
        Fixture.Time.Advance(s_hour);
        await Api.SendAsync();
        Assert.Equal("sent", await Driver.StateAsync(id));
        Assert.Single(Providers.Calls);
    }

    [Fact]
    public async Task A_busy_line_is_called_again_and_after_the_last_call_the_lead_gets_a_text()
    {
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        await FailAsync("busy", "486");
        var job = await Driver.GetAsync(id);
        Assert.Equal(("queued", "busy"), ((string?)job["state"], (string?)job["attempts"]![0]!["result"]));

        Fixture.Time.Advance(s_hour);
        await Api.SendAsync();
        await FailAsync("no-answer", null);
        Assert.Equal("failed", await Driver.StateAsync(id));
        await Api.SendAsync();

        Assert.Equal("We could not reach you.", Assert.Single(Providers.Texts).Content);
        var text = Assert.Single(await Driver.ListAsync($"to={Uri.EscapeDataString(Driver.Number)}&kind=text"))!;
        Assert.Equal((id, "missed_call"), ((Guid)text["causedBy"]!, (string?)text["cause"]));
    }

    [Fact]
    public async Task A_voicemail_is_no_conversation_also_when_its_detection_comes_after_the_end()
    {
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        var sid = Assert.Single(Providers.Calls).CallSid!;
        var voice = new VoiceStatusDriver(Api.Sms);
        await DeliverAsync(voice.Progress(sid, Driver.Number, "in-progress", 2, "outbound-api"));
        Assert.Equal("sent", await Driver.StateAsync(id));
        await DeliverAsync(voice.Progress(sid, Driver.Number, "completed", 3, "outbound-api", ("CallDuration", "20")));
        Assert.Equal("done", await Driver.StateAsync(id));

        await DeliverAsync(voice.Detected(sid, "machine_start"));
        var job = await Driver.GetAsync(id);
        Assert.Equal(("queued", "voicemail"), ((string?)job["state"], (string?)job["attempts"]![0]!["result"]));
    }

    [Fact]
    public async Task A_call_with_a_conversation_is_done_and_not_repeated()
    {
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        var call = Assert.Single(Providers.Calls);
        var transcript = PostCallDriver.Transcription(call.Id, Driver.Number);
        transcript["data"]!["metadata"]!["phone_call"]!["call_sid"] = call.CallSid;
        await DeliverAsync(Api.PostCall.Request(transcript));

        var job = await Driver.GetAsync(id);
        Assert.Equal(("done", "person"), ((string?)job["state"], (string?)job["attempts"]![0]!["result"]));
        Fixture.Time.Advance(TimeSpan.FromDays(1));
        await Api.SendAsync();
        Assert.Single(Providers.Calls);
    }

    [Fact]
    public async Task A_result_that_comes_before_the_answer_counts()
    {
        Providers.BeforeAnswer = async entry =>
        {
            var transcript = PostCallDriver.Transcription(entry.Id, Driver.Number);
            transcript["data"]!["metadata"]!["phone_call"]!["call_sid"] = entry.CallSid;
            await DeliverAsync(Api.PostCall.Request(transcript));
        };
        var id = await Driver.CallAsync();
        await Api.SendAsync();

        Assert.Equal("done", await Driver.StateAsync(id));
    }

    [Fact]
    public async Task No_call_begins_while_another_with_the_lead_has_not_ended()
    {
        var one = await Driver.CallAsync();
        Fixture.Time.Advance(TimeSpan.FromMilliseconds(1)); // The ids of one millisecond have no order.
        var two = await Driver.CallAsync();
        await Api.SendAsync();
        using var third = await Driver.PostCallAsync(new JsonObject { ["to"] = Driver.Number });
        Assert.Equal(HttpStatusCode.Conflict, third.StatusCode);
        Assert.Equal("live_call", (string?)(await Problem.AssertAsync(third, "urn:jack-automotive:problem:gate-shut"))["gate"]);
        Assert.Single(Providers.Calls);

        var sid = Providers.Calls[0].CallSid!;
        await DeliverAsync(new VoiceStatusDriver(Api.Sms).Progress(sid, Driver.Number, "completed", 3, "outbound-api", ("AnsweredBy", "human")));
        Assert.Equal("done", await Driver.StateAsync(one));
        await SendUntilAsync(two, "sent", TimeSpan.FromMinutes(1));
        Assert.Equal(2, Providers.Calls.Count);
    }

    [Fact]
    public async Task A_call_without_any_result_does_not_block_the_lead_for_ever()
    {
        var id = await Driver.CallAsync();
        await Api.SendAsync();
        await SendUntilAsync(id, "done", TimeSpan.FromMinutes(10));
    }

    private async Task DeliverAsync(SignedRequest request)
    {
        await request.DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    // ElevenLabs reports a call that was not established with the fields of Twilio's callback.
    private Task FailAsync(string status, string? sip)
    {
        var call = Providers.Calls[^1];
        return DeliverAsync(Api.PostCall.Request(PostCallDriver.Failure(call.Id, status, "twilio", new JsonObject
        {
            ["CallSid"] = call.CallSid,
            ["CallStatus"] = status,
            ["SequenceNumber"] = "2",
            ["SipResponseCode"] = sip,
            ["From"] = ProviderServer.Number,
            ["To"] = Driver.Number,
            ["Direction"] = "outbound-api",
        })));
    }
}
