using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

/// <summary>Post-call webhooks in shapes that the documentation does not show.</summary>
public class PostCallShapeTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task The_words_of_several_voices_are_joined()
    {
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation);
        payload["data"]!["transcript"]![0] = JsonNode.Parse(
            """
            {"role":"agent","message":null,"time_in_call_secs":0,"multivoice_message":{"parts":[
              {"text":"Hello, this is Jack.","voice_label":"Jack","time_in_call_secs":0},{"text":null},{"text":" And Jill. ","voice_label":"Jill"}]}}
            """);

        await DeliverAsync(Api, payload.ToJsonString());

        Assert.Equal(["Hello, this is Jack. And Jill.", "Hi. Is the blue one still there?"], await ReadMessagesAsync(conversation));
    }

    [Theory]
    [InlineData("null", "null", null, null)]
    [InlineData("0", "-1", null, null)]
    [InlineData("-1", "-0.5", null, null)]
    [InlineData("\"0\"", "\"-1\"", null, null)]
    [InlineData("1792999900000", "90.0", "2026-10-26 07:31:40", 90d)]
    [InlineData("\"1792999900\"", "\"90\"", "2026-10-26 07:31:40", 90d)]
    [InlineData("1792999900.0", "0", "2026-10-26 07:31:40", 0d)]
    [InlineData("1e300", "1e300", null, null)]
    [InlineData("253402300799", "1e9", null, null)]
    [InlineData("{}", "[]", null, null)]
    public async Task An_impossible_start_or_duration_is_unknown(string start, string duration, string? expectedStart, double? expectedDuration)
    {
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation);
        payload["data"]!["metadata"]!["start_time_unix_secs"] = JsonNode.Parse(start);
        payload["data"]!["metadata"]!["call_duration_secs"] = JsonNode.Parse(duration);

        await DeliverAsync(Api, payload.ToJsonString());

        var details = await ReadConversationAsync(conversation);
        Assert.Equal(expectedDuration, (double?)details["durationSeconds"]);
        Assert.Equal(expectedStart, ((DateTimeOffset?)details["startedAt"])?.ToString("yyyy-MM-dd HH:mm:ss"));
        Assert.Equal(expectedStart is null, details["turns"]![1]!["spokenAt"] is null);
    }

    [Fact]
    public async Task Empty_turns_are_not_listed_and_turns_with_tools_are()
    {
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation);
        payload["data"]!["transcript"] = JsonNode.Parse(
            """
            [{"role":"agent","message":"Hello."},{"role":"user","message":null},{"role":"user","message":"  "},{"role":"user","message":""},null,7,{},
             {"role":"agent","message":null,"tool_calls":[{"tool_name":"find_car"}]},{"role":"agent","tool_results":[],"message":null}]
            """);

        await DeliverAsync(Api, payload.ToJsonString());

        var turns = (await ReadConversationAsync(conversation))["turns"]!.AsArray();
        Assert.Equal([(0, "Hello."), (1, null)], turns.Select(turn => ((int)turn!["position"]!, (string?)turn["message"])));
    }

    [Theory]
    [InlineData("no type")]
    [InlineData("null type")]
    [InlineData("flat")]
    [InlineData("transcript beside data")]
    public async Task A_body_without_a_type_but_with_a_transcript_is_a_transcript(string shape)
    {
        var (conversation, number) = (PostCallDriver.NewConversation(), IncomingSmsDriver.NewNumber());
        var payload = PostCallDriver.Transcription(conversation, number);
        var data = payload["data"]!.AsObject();
        switch (shape)
        {
            case "null type":
                payload["type"] = null;
                break;
            case "flat":
                payload = data.DeepClone().AsObject();
                break;
            case "transcript beside data":
                payload.Remove("type");
                foreach (var name in new[] { "transcript", "conversation_id", "metadata" })
                {
                    payload[name] = data[name]!.DeepClone();
                    data.Remove(name);
                }

                break;
            default:
                payload.Remove("type");
                break;
        }

        await DeliverAsync(Api, payload.ToJsonString());

        Assert.Equal(["lead_created", "conversation_transcript_added", "post_call_summary"], await fixture.ReadEventTypesAsync(number));
        Assert.Equal(2, (await ReadMessagesAsync(conversation)).Count);
    }

    [Theory]
    [InlineData("""{"type":"something_new","data":{"conversation_id":"@"}}""")]
    [InlineData("""{"data":{"conversation_id":"@"}}""")]
    [InlineData("""{"conversation_id":"@"}""")]
    [InlineData("""{"type":"post_call_transcription","data":{"agent_id":"a","conversation_id" : "@","transcript":[{"role":"us""")]
    [InlineData("""{"type":"post_call_audio","data":{"conversation_id":"@"}}""")]
    [InlineData("""{"type":"post_call_audio","data":{"conversation_id":"@","full_audio":"***"}}""")]
    public async Task Whatever_is_parked_is_found_by_its_conversation(string body)
    {
        var conversation = PostCallDriver.NewConversation();

        await DeliverAsync(Api, body.Replace("@", conversation, StringComparison.Ordinal));

        Assert.Single(await new DeliveriesDriver(fixture).ListAsync($"providerId={conversation}&state=parked"));
    }

    [Theory]
    [InlineData("""{"data":{"conversation_id":"@","text":"x"}}""")]
    [InlineData("""{"type":"user_transcript","data":{"conversation_id":"@","te""")]
    public async Task A_parked_live_event_is_found_by_its_conversation(string body)
    {
        var live = new ConversationEventsDriver(fixture.Time);

        await live.Request(body.Replace("@", live.Conversation, StringComparison.Ordinal)).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Single(await new DeliveriesDriver(fixture).ListAsync($"providerId={live.Conversation}&state=parked"));
    }

    [Fact]
    public async Task A_conversation_that_our_agent_began_and_transferred_is_ours_with_its_audio_and_live_events()
    {
        await using var api = fixture.Start(("ELEVENLABS_AGENT_ID", "agent_ours"));
        var (conversation, number) = (PostCallDriver.NewConversation(), IncomingSmsDriver.NewNumber());
        var payload = PostCallDriver.Transcription(conversation, number);
        payload["data"]!["agent_id"] = "agent_other";
        payload["data"]!["visited_agents"] = JsonNode.Parse("""[{"agent_id":"agent_ours","branch_id":null},{"agent_id":"agent_other"},7]""");
        var audio = PostCallDriver.Audio(conversation, new byte[100]);
        audio["data"]!["agent_id"] = "agent_other";

        await api.PostCall.Request(audio).DeliverAsync(api.Client);
        await api.DrainAsync();
        Assert.Equal(1, await fixture.CountAsync("inbox WHERE parked_as = 'unroutable' AND dedup_key LIKE $1", $"%{conversation}%"));
        await DeliverAsync(api, payload.ToJsonString());
        await api.DrainAsync();

        Assert.Equal(
            ["lead_created", "conversation_transcript_added", "post_call_summary", "recording_available"],
            await fixture.ReadEventTypesAsync(number));
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state <> 'done' AND dedup_key LIKE $1", $"%{conversation}%"));
    }

    [Fact]
    public async Task A_conversation_of_other_agents_only_is_parked_as_unroutable()
    {
        await using var api = fixture.Start(("ELEVENLABS_AGENT_ID", "agent_ours"));
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation);
        payload["data"]!["visited_agents"] = JsonNode.Parse("""[{"agent_id":"agent_other"}]""");

        await DeliverAsync(api, payload.ToJsonString());

        Assert.Equal("unroutable", await fixture.ReadAsync<string>("SELECT parked_as FROM inbox WHERE dedup_key LIKE $1", $"%{conversation}%"));
    }

    [Theory]
    [InlineData("""{"type":"user_transcript","data":{"conversation_id":"@","event_id":1,"message":"a\ud83d b\u0000"}}""", "a\ufffd b")]
    [InlineData("""{"type":"user_transcript","data":{"conversation_id":"@","\ud83d":1,"event_id":1,"message":"c"}}""", "c")]
    public async Task A_live_event_with_half_a_surrogate_pair_is_handled_at_the_first_attempt(string body, string words)
    {
        var live = new ConversationEventsDriver(fixture.Time);
        await live.Request(body.Replace("@", live.Conversation, StringComparison.Ordinal)).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(words, await fixture.ReadAsync<string>("SELECT words FROM live_reports WHERE conversation_id = $1", live.Conversation));
        Assert.Equal("done 1", await fixture.ReadAsync<string>(
            "SELECT state || ' ' || attempts FROM inbox WHERE dedup_key LIKE $1", $"event:{live.Conversation}%"));
    }

    [Fact]
    public async Task A_voicemail_is_the_outcome_of_the_conversation_and_of_its_call()
    {
        var (conversation, number) = (PostCallDriver.NewConversation(), IncomingSmsDriver.NewNumber());
        var payload = PostCallDriver.Transcription(conversation, number);
        payload["data"]!["metadata"]!["phone_call"]!["call_result"] = "voicemail";
        payload["data"]!["metadata"]!["termination_reason"] = "voicemail_detection tool was called.";
        var call = (string)payload["data"]!["metadata"]!["phone_call"]!["call_sid"]!;
        await new VoiceStatusDriver(Api.Sms).Progress(call, number, "completed", 3, "outbound-api").DeliverAsync(Api.Client);

        await DeliverAsync(Api, payload.ToJsonString());

        var details = await ReadConversationAsync(conversation);
        Assert.Equal(("voicemail", "voicemail_detected"), ((string?)details["outcome"], (string?)details["mechanism"]));
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;
        Assert.Equal(("voicemail", "hung_up"), ((string?)lead["calls"]![0]!["outcome"], (string?)lead["calls"]![0]!["mechanism"]));
        Assert.Equal("voicemail", await fixture.ReadAsync<string>(
            "SELECT data->>'outcome' FROM lead_events WHERE type = 'post_call_summary' AND data->>'conversationId' = $1", conversation));
    }

    private static async Task DeliverAsync(WebhookApiInstance api, string body)
    {
        await api.PostCall.Request(body).DeliverAsync(api.Client);
        await api.DrainAsync();
    }

    private Task<List<string>> ReadMessagesAsync(string conversation) => fixture.ListAsync<string>(
        "SELECT message FROM conversation_turns WHERE conversation_id = $1 ORDER BY position", conversation);

    private async Task<JsonNode> ReadConversationAsync(string conversation)
    {
        var id = await fixture.ReadAsync<Guid>("SELECT lead_id FROM conversations WHERE conversation_id = $1", conversation);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;
        return lead["conversations"]!.AsArray().Single(item => (string?)item!["conversationId"] == conversation)!;
    }
}
