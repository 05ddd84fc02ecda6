using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using JackAutomotive.Analysis;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Scenarios;
using NodaTime;

namespace JackAutomotive.Tests.Simulator;

public sealed class ScenarioTests
{
    private static readonly DateTimeOffset s_end = new(2026, 11, 23, 15, 30, 0, TimeSpan.Zero);

    public static TheoryData<string> ScriptNames => [.. CallScripts.All.Select(script => script.Name)];

    [Property(MaxTest = 100)]
    public void Invented_people_have_distinct_fictional_numbers(int seed)
    {
        var people = People.InventDistinct(new Random(seed), 50);

        Assert.All(people, person => Assert.Matches(@"^\+1[2-9]\d\d555010[1-9]$|^\+1[2-9]\d\d55501[1-9]\d$", person.Phone));
        Assert.Equal(50, people.DistinctBy(person => person.Phone).Count());
    }

    [Property(MaxTest = 50)]
    public void Every_text_of_every_story_can_be_filled_in_for_any_person(int seed)
    {
        var person = People.Invent(new Random(seed));
        foreach (var text in TextStories.All.SelectMany(story => story.Texts))
        {
            var filled = person.Fill(text.Body);
            Assert.DoesNotContain('{', filled);
            Assert.InRange(filled.Length, 1, 1600);
        }
    }

    [Fact]
    public void The_call_about_an_appointment_yields_action_items()
    {
        var person = People.Invent(new Random(11));
        var turns = CallScripts.Find("appointment")!.Lines.Select((line, i) => new Turn(
            line.Speaker == Speaker.Customer ? TurnRole.User : TurnRole.Agent, person.Fill(line.Text ?? ""), i * 4));

        var analysis = new RuleEngine().Analyze(new JackAutomotive.Analysis.Transcript([.. turns], s_end, DateTimeZoneProviders.Tzdb["America/Chicago"]));

        Assert.NotEmpty(analysis.Conversation.ActionItems);
    }

    [Theory]
    [MemberData(nameof(ScriptNames))]
    public void A_call_has_the_shape_of_a_post_call_webhook(string name)
    {
        var (call, webhook) = CreateCall(name, seed: 11);

        Assert.Equal("post_call_transcription", (string?)webhook["type"]);
        Assert.InRange((long)webhook["event_timestamp"]! - s_end.ToUnixTimeSeconds(), 0, 60);
        var data = webhook["data"]!;
        Assert.Equal("agent_1", (string?)data["agent_id"]);
        Assert.Equal(call.ConversationId, (string?)data["conversation_id"]);
        Assert.Matches("^conv_[0-9a-z]{26}$", call.ConversationId);
        Assert.Equal("done", (string?)data["status"]);

        var phone = data["metadata"]!["phone_call"]!;
        Assert.Equal("twilio", (string?)phone["type"]);
        Assert.Equal(call.CallSid, (string?)phone["call_sid"]);
        Assert.Matches("^CA[0-9a-f]{32}$", call.CallSid);
        Assert.Equal("+12025550100", (string?)phone["agent_number"]);
        Assert.Equal(call.Customer, (string?)phone["external_number"]);
        Assert.Contains((string?)phone["direction"], (string[])["inbound", "outbound"]);

        var metadata = data["metadata"]!;
        Assert.Equal(s_end.ToUnixTimeSeconds(), (long)metadata["start_time_unix_secs"]! + (long)metadata["call_duration_secs"]!);
        Assert.Contains((string?)data["analysis"]!["call_successful"], (string[])["success", "failure", "unknown"]);
        Assert.NotEmpty((string)data["analysis"]!["transcript_summary"]!);

        var variables = data["conversation_initiation_client_data"]!["dynamic_variables"]!;
        Assert.Equal(call.CallSid, (string?)variables["system__call_sid"]);
        Assert.Equal("lead-7", (string?)variables["lead_id"]);
    }

    [Theory]
    [MemberData(nameof(ScriptNames))]
    public void Turns_are_in_time_order_and_tool_parameters_are_JSON_objects(string name)
    {
        var (_, webhook) = CreateCall(name, seed: 12);
        var turns = webhook["data"]!["transcript"]!.AsArray();

        Assert.True(turns.Count >= 3);
        var last = -1;
        foreach (var turn in turns)
        {
            Assert.Contains((string?)turn!["role"], (string[])["agent", "user"]);
            Assert.DoesNotContain("{", (string?)turn["message"] ?? "", StringComparison.Ordinal);
            Assert.True((int)turn["time_in_call_secs"]! >= last);
            last = (int)turn["time_in_call_secs"]!;
            foreach (var tool in turn["tool_calls"]!.AsArray())
            {
                Assert.Equal(JsonValueKind.Object, JsonDocument.Parse((string)tool!["params_as_json"]!).RootElement.ValueKind);
            }
        }

        Assert.True(last < (int)webhook["data"]!["metadata"]!["call_duration_secs"]!);
    }

    [Theory]
    [MemberData(nameof(ScriptNames))]
    public void All_15_collected_fields_are_reported_and_a_missing_value_is_null(string name)
    {
        var (_, webhook) = CreateCall(name, seed: 13);
        var results = webhook["data"]!["analysis"]!["data_collection_results"]!.AsObject();
        var collected = CallScripts.Find(name)!.Collected;

        Assert.Equal(15, results.Count);
        Assert.All(collected, field => Assert.True(results.ContainsKey(field), field));
        foreach (var (field, result) in results)
        {
            Assert.Equal(field, (string?)result!["data_collection_id"]);
            Assert.Equal(collected.Contains(field), result["value"] is not null);
        }
    }

    [Fact]
    public void The_scripts_cover_tool_only_silent_interrupted_and_voicemail_turns()
    {
        var turns = CallScripts.All.SelectMany(script => CreateCall(script.Name, 1).Webhook["data"]!["transcript"]!.AsArray()).ToList();

        Assert.Contains(
            turns, turn => turn!["message"] is null && (string?)turn["role"] == "agent" && turn["tool_calls"]!.AsArray().Count > 0);
        Assert.Contains(turns, turn => turn!["message"] is null && (string?)turn["role"] == "user");
        Assert.Contains(turns, turn => (bool)turn!["interrupted"]! && turn["original_message"] is not null);
        Assert.Contains(turns, turn => turn!["tool_results"]!.AsArray()
            .Any(result => (string?)result!["result"]?["result_type"] == "voicemail_detection_success"));
    }

    [Property(MaxTest = 30)]
    public void The_same_seed_makes_the_same_call_and_another_seed_another_call(int seed)
    {
        var first = CreateCall("new-buyer", seed).Call;
        var second = CreateCall("new-buyer", seed).Call;
        var other = CreateCall("new-buyer", unchecked(seed + 1)).Call;

        Assert.Equal(first.Body, second.Body);
        Assert.NotEqual(first.ConversationId, other.ConversationId);
    }

    private static (FinishedCall Call, JsonNode Webhook) CreateCall(string name, int seed)
    {
        var random = new Random(seed);
        var call = PostCall.Create(
            CallScripts.Find(name)!, People.Invent(random), random, s_end, "agent_1", "+12025550100", leadId: "lead-7");
        return (call, JsonNode.Parse(call.Body)!);
    }
}
