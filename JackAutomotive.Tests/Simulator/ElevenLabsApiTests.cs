using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Simulator;

public sealed class ElevenLabsApiTests
{
    [Fact]
    public async Task An_answered_call_plays_with_the_ids_and_variables_of_its_request()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { number = SimulatedProviders.Customer, scenario = "trade-in" });

        using var answer = await providers.CallAsync(request => request["conversation_initiation_client_data"] = new JsonObject
        {
            ["dynamic_variables"] = new JsonObject { ["lead_id"] = "lead-7", ["price"] = 19_900, ["is_new"] = false, ["email"] = null },
            ["conversation_config_override"] = new JsonObject { ["agent"] = new JsonObject { ["first_message"] = "Hi" } },
            ["user_id"] = "user-7",
        });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var accepted = await SimulatedProviders.ReadAsync(answer);
        Assert.True(accepted.GetProperty("success").GetBoolean());
        var (conversation, call) = (accepted.GetProperty("conversation_id").GetString()!, accepted.GetProperty("callSid").GetString()!);
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");

        var webhook = providers.PostCalls[0];
        var data = webhook["data"]!;
        Assert.Equal("post_call_transcription", (string?)webhook["type"]);
        Assert.Equal(conversation, (string?)data["conversation_id"]);
        Assert.Equal(call, (string?)data["metadata"]!["phone_call"]!["call_sid"]);
        Assert.Equal("outbound", (string?)data["metadata"]!["phone_call"]!["direction"]);
        Assert.Equal(SimulatedProviders.Customer, (string?)data["metadata"]!["phone_call"]!["external_number"]);
        Assert.Equal("user-7", (string?)data["user_id"]);
        var client = data["conversation_initiation_client_data"]!;
        Assert.Equal("lead-7", (string?)client["dynamic_variables"]!["lead_id"]);
        Assert.Equal(19_900, (int)client["dynamic_variables"]!["price"]!);
        Assert.Equal(conversation, (string?)client["dynamic_variables"]!["system__conversation_id"]);
        Assert.Equal("Hi", (string?)client["conversation_config_override"]!["agent"]!["first_message"]);

        Assert.Equal(["initiated", "ringing", "in-progress", "completed"], providers.CallStatuses);
        Assert.All(providers.Forms("/voice/status"), form => Assert.Equal((call, "outbound-api"), (form["CallSid"], form["Direction"])));
        var live = providers.Webhooks.Received.Where(request => request.Url.EndsWith("/conversation-events", StringComparison.Ordinal))
            .Select(request => JsonNode.Parse(request.Body)!).ToList();
        Assert.Equal("conversation_started", (string?)live[0]["type"]);
        Assert.Equal("conversation_ended", (string?)live[^1]["type"]);
        Assert.All(live, liveEvent => Assert.Equal(conversation, (string?)liveEvent["data"]!["conversation_id"]));
        Assert.DoesNotContain(
            providers.Webhooks.Received, request => request.Url.EndsWith("/conversation-initiation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_APIs_of_both_providers_know_a_call_of_the_voice_agent()
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.CallAsync();
        var accepted = await SimulatedProviders.ReadAsync(answer);
        var path = $"/v1/convai/conversations/{accepted.GetProperty("conversation_id").GetString()}";
        await Wait.UntilAsync(
            async () => (await providers.GetAsync(path)).GetProperty("status").GetString() == "done", "the end of the conversation");

        var conversation = await providers.GetAsync(path);
        Assert.True(conversation.GetProperty("transcript").GetArrayLength() > 2);
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");
        Assert.True(JsonNode.DeepEquals(providers.PostCalls[0]["data"], JsonNode.Parse(conversation.GetRawText())));
        var call = await providers.GetAsync(
            $"/2010-04-01/Accounts/{RunningSimulator.AccountSid}/Calls/{accepted.GetProperty("callSid").GetString()}.json");
        Assert.Equal("completed", call.GetProperty("status").GetString());
        Assert.Equal(SimulatedProviders.Customer, call.GetProperty("to").GetString());
    }

    [Fact]
    public async Task A_call_is_compressed_and_lies_between_its_acceptance_and_the_webhooks_time()
    {
        await using var providers = await SimulatedProviders.StartAsync(("Apis:CallSeconds", "2"));
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        using var answer = await providers.CallAsync();
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");

        var metadata = providers.PostCalls[0]["data"]!["metadata"]!;
        Assert.Equal(2, (int)metadata["call_duration_secs"]!);
        Assert.InRange((long)metadata["start_time_unix_secs"]!, before, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.All(
            providers.PostCalls[0]["data"]!["transcript"]!.AsArray(), turn => Assert.InRange((int)turn!["time_in_call_secs"]!, 0, 2));
    }

    [Fact]
    public async Task A_call_takes_place_without_the_webhooks_whose_secret_is_missing()
    {
        await using var providers = await SimulatedProviders.StartAsync(("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", ""));

        using var answer = await providers.CallAsync();
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(
            providers.Webhooks.Received, request => request.Url.EndsWith("/conversation-events", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("busy", "busy", "busy")]
    [InlineData("no-answer", "no-answer", "no-answer")]
    [InlineData("failed", "unknown", "failed")]
    public async Task A_call_that_nobody_answers_ends_in_a_call_initiation_failure(string calls, string reason, string status)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { calls });

        using var answer = await providers.CallAsync();
        var accepted = await SimulatedProviders.ReadAsync(answer);
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the failure");

        var failure = providers.PostCalls[0];
        Assert.Equal("call_initiation_failure", (string?)failure["type"]);
        Assert.Equal(accepted.GetProperty("conversation_id").GetString(), (string?)failure["data"]!["conversation_id"]);
        Assert.Equal(reason, (string?)failure["data"]!["failure_reason"]);
        Assert.Equal(accepted.GetProperty("callSid").GetString(), (string?)failure["data"]!["metadata"]!["body"]!["CallSid"]);
        Assert.Equal(["initiated", "ringing", status], providers.CallStatuses);
        var conversation = await providers.GetAsync($"/v1/convai/conversations/{accepted.GetProperty("conversation_id").GetString()}");
        Assert.Equal("failed", conversation.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_voicemail_is_a_call_result_and_Twilio_reports_a_machine()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { calls = "voicemail" });

        using var answer = await providers.CallAsync();
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");

        Assert.Equal("voicemail", (string?)providers.PostCalls[0]["data"]!["metadata"]!["phone_call"]!["call_result"]);
        Assert.Contains(providers.Forms("/voice/status"), form => form.GetValueOrDefault("AnsweredBy") == "machine_start");
    }

    [Theory]
    [InlineData("+16145550123", "rejected")]
    [InlineData("5550123", "answered")]
    public async Task A_call_that_Twilio_rejects_is_answered_200_without_success_and_without_ids(string to, string calls)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { calls });

        using var answer = await providers.CallAsync(request => request["to_number"] = to);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = await SimulatedProviders.ReadAsync(answer);
        Assert.False(body.GetProperty("success").GetBoolean());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("conversation_id").ValueKind);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("callSid").ValueKind);
        Assert.Equal(0, (await providers.GetAsync("/ledger")).GetProperty("calls").GetInt32());
    }

    [Theory]
    [InlineData("agent_id", null, "missing")]
    [InlineData("agent_phone_number_id", null, "missing")]
    [InlineData("to_number", null, "missing")]
    [InlineData("to_number", "12025550123", "string_type")]
    [InlineData("conversation_initiation_client_data", "[]", "model_attributes_type")]
    [InlineData("conversation_initiation_client_data", """{"dynamic_variables":[1]}""", "dict_type")]
    [InlineData("conversation_initiation_client_data", """{"dynamic_variables":{"car":{"make":"Kia"}}}""", "string_type")]
    public async Task A_malformed_call_is_answered_422_with_the_place_of_the_error(string member, string? json, string type)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.CallAsync(request =>
        {
            request.Remove(member);
            if (json is not null)
            {
                request[member] = JsonNode.Parse(json);
            }
        });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var detail = Assert.Single((await SimulatedProviders.ReadAsync(answer)).GetProperty("detail").EnumerateArray());
        Assert.Equal(type, detail.GetProperty("type").GetString());
        Assert.Equal(["body", member], detail.GetProperty("loc").EnumerateArray().Take(2).Select(part => part.GetString()!));
    }

    [Theory]
    [InlineData("agent_id", "agent_other", "agent_not_found")]
    [InlineData("agent_phone_number_id", "phnum_other", "phone_number_not_found")]
    public async Task An_unknown_agent_and_an_unknown_number_are_not_found(string member, string id, string code)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.CallAsync(request => request[member] = id);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var detail = (await SimulatedProviders.ReadAsync(answer)).GetProperty("detail");
        Assert.Equal((code, code), (detail.GetProperty("code").GetString(), detail.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData(null, "needs_authorization")]
    [InlineData("sk_other", "invalid_api_key")]
    public async Task A_request_without_the_workspaces_key_is_answered_401(string? key, string code)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/convai/twilio/outbound-call")
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("xi-api-key", key);
        }

        using var answer = await providers.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(code, (await SimulatedProviders.ReadAsync(answer)).GetProperty("detail").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Conversations_are_listed_newest_first_by_agent_and_start_in_pages()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            using var answer = await providers.CallAsync();
            ids.Insert(0, (await SimulatedProviders.ReadAsync(answer)).GetProperty("conversation_id").GetString()!);
        }

        var listed = new List<string>();
        var query = $"/v1/convai/conversations?agent_id={SimulatedProviders.AgentId}&call_start_after_unix={before}&page_size=2";
        string? cursor = null;
        do
        {
            var page = await providers.GetAsync(cursor is null ? query : $"{query}&cursor={cursor}");
            listed.AddRange(page.GetProperty("conversations").EnumerateArray().Select(item => item.GetProperty("conversation_id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
            Assert.Equal(cursor is not null, page.GetProperty("has_more").GetBoolean());
        }
        while (cursor is not null);

        Assert.Equal(ids, listed);
        Assert.Equal(0, await CountAsync("agent_id=agent_other"));
        Assert.Equal(0, await CountAsync($"call_start_before_unix={before - 1}"));
        Assert.Equal(0, await CountAsync($"call_start_after_unix={before + 3600}"));
        Assert.Equal(5, await CountAsync("page_size=100"));

        async Task<int> CountAsync(string filter) =>
            (await providers.GetAsync($"/v1/convai/conversations?{filter}")).GetProperty("conversations").GetArrayLength();
    }

    [Fact]
    public async Task Agent_and_number_can_be_looked_up()
    {
        await using var providers = await SimulatedProviders.StartAsync();

        var agent = await providers.GetAsync($"/v1/convai/agents/{SimulatedProviders.AgentId}");
        var number = Assert.Single((await providers.GetAsync("/v1/convai/phone-numbers")).EnumerateArray());

        Assert.Equal(SimulatedProviders.AgentId, agent.GetProperty("agent_id").GetString());
        Assert.Equal(
            DataCollection.Ids,
            agent.GetProperty("platform_settings").GetProperty("data_collection").EnumerateObject().Select(field => field.Name));
        Assert.Single((await providers.GetAsync("/v1/convai/agents")).GetProperty("agents").EnumerateArray());
        Assert.Equal(SimulatedProviders.PhoneNumberId, number.GetProperty("phone_number_id").GetString());
        Assert.Equal(RunningSimulator.PhoneNumber, number.GetProperty("phone_number").GetString());
        Assert.Equal("twilio", number.GetProperty("provider").GetString());
        Assert.Equal(
            number.GetRawText(),
            (await providers.GetAsync($"/v1/convai/phone-numbers/{SimulatedProviders.PhoneNumberId}")).GetRawText());
        Assert.Equal(
            "agent_not_found", (await providers.GetAsync("/v1/convai/agents/agent_other")).GetProperty("detail").GetProperty("code").GetString());
    }
}
