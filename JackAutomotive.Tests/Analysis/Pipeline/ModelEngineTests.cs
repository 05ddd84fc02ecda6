using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Analysis;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>A language model as the second engine, with the rules as its stand-in.</summary>
public sealed class ModelEngineTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Good = """
        {"turns": [{"index": 1, "sentiment": {"score": 0.8, "label": "positive"},
            "intents": [{"name": "buying_signal", "evidence": [{"text": "I'll take it"}]},
                {"name": "objection", "objection": "price", "evidence": [{"start": 14, "length": 11, "text": "if you drop"}]}]}],
         "conversation": {"sentiment": {"score": 0.7, "label": "positive"}, "keyPhrases": [{"text": "price"}],
            "actionItems": [{"text": "Drop the price", "owner": "staff", "dueAt": "2026-11-24T23:00:00Z", "turn": 1,
                "evidence": [{"text": "drop the price"}]}]}}
        """;

    private static readonly string[] s_words = ["Do you want it?", "I'll take it, if you drop the price."];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_valid_answer_of_the_model_is_the_analysis()
    {
        await using var model = await ModelServer.StartAsync();
        model.Answer = (_, _) => Task.FromResult(Good);
        await using var api = fixture.Start(model.Settings);

        var answer = await PreviewAsync(api);

        Assert.Equal("model", (string?)answer["engine"]);
        Assert.StartsWith("stand-in/", (string)answer["version"]!, StringComparison.Ordinal);
        Assert.Null(answer["fallback"]);
        Assert.Equal([0, 1], answer["turns"]!.AsArray().Select(turn => (int)turn!["index"]!));
        Assert.Equal(0.8, (double)answer["turns"]![1]!["sentiment"]!["score"]!);
        Assert.Equal(
            ["buying_signal 0 I'll take it", "objection 14 if you drop"],
            answer["turns"]![1]!["intents"]!.AsArray().Select(intent =>
                $"{intent!["name"]} {intent["evidence"]![0]!["start"]} {intent["evidence"]![0]!["text"]}"));
        var item = answer["conversation"]!["actionItems"]![0]!;
        Assert.Equal(("2026-11-24T17:00:00-06:00", "staff"), ((string?)item["dueAt"], (string?)item["owner"]));
        Assert.NotEmpty(answer["conversation"]!["quality"]!["criteria"]!.AsArray());
        Assert.Equal("Bearer the-key-of-the-model", model.Authorization);
        Assert.DoesNotContain("the-key-of-the-model", string.Join('\n', api.Logs.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_inside_a_Markdown_fence_is_read()
    {
        await using var model = await ModelServer.StartAsync();
        model.Answer = (_, _) => Task.FromResult($"```json\n{Good}\n```");
        await using var api = fixture.Start(model.Settings);

        Assert.Equal("model", (string?)(await PreviewAsync(api))["engine"]);
    }

    [Theory]
    [InlineData("not JSON", "the answer is not JSON")]
    [InlineData("", "the answer is not JSON")]
    [InlineData("[]", "turns is not a list")]
    [InlineData("\"index\": 1 -> \"index\": 2", "turns[0].index is not a turn")]
    [InlineData("\"index\": 1 -> \"index\": -1", "turns[0].index is not a turn")]
    [InlineData("\"index\": 1 -> \"index\": 0", "turns[0].intents[0].evidence[0] is not words of the turn")]
    [InlineData("\"turns\": [ -> \"turns\": [], \"turn\": [", "turns has no entry for the turn 1")]
    [InlineData("\"score\": 0.8 -> \"score\": 1.1", "turns[0].sentiment.score is not a number from -1 to 1")]
    [InlineData("\"score\": 0.8 -> \"score\": -0.8", "turns[0].sentiment.label contradicts the score")]
    [InlineData("\"label\": \"positive\" -> \"label\": \"happy\"", "turns[0].sentiment.label is not a known name")]
    [InlineData("\"label\": \"positive\" -> \"label\": \"2\"", "turns[0].sentiment.label is not a known name")]
    [InlineData("buying_signal -> wants_coffee", "turns[0].intents[0].name is not a known name")]
    [InlineData("buying_signal -> objection", "turns[0].intents[0].objection is given")]
    [InlineData("\"objection\": \"price\", -> ", "turns[0].intents[1].objection is given")]
    [InlineData("\"objection\": \"price\" -> \"objection\": \"taste\"", "turns[0].intents[1].objection is not a known name")]
    [InlineData("I'll take it -> I will take it", "turns[0].intents[0].evidence[0] is not words of the turn")]
    [InlineData("\"start\": 14 -> \"start\": 13", "turns[0].intents[1].evidence[0] is not words of the turn")]
    [InlineData("\"start\": 14 -> \"start\": 99", "turns[0].intents[1].evidence[0] is not words of the turn")]
    [InlineData("\"length\": 11 -> \"length\": 12", "turns[0].intents[1].evidence[0] is not words of the turn")]
    [InlineData("[{\"text\": \"I'll take it\"}] -> []", "turns[0].intents[0].evidence is empty")]
    [InlineData("{\"text\": \"price\"} -> {\"text\": \"trade-in\"}", "conversation.keyPhrases[0].text stands in no turn")]
    [InlineData("\"owner\": \"staff\" -> \"owner\": \"jack\"", "conversation.actionItems[0].owner is not a known name")]
    [InlineData("\"turn\": 1 -> \"turn\": 7", "conversation.actionItems[0].turn is not a turn")]
    [InlineData("2026-11-24T23:00:00Z -> tomorrow", "conversation.actionItems[0].dueAt is not a time")]
    [InlineData("2026-11-24T23:00:00Z -> 2019-11-24T23:00:00Z", "conversation.actionItems[0].dueAt is before the turn")]
    [InlineData("{\"text\": \"drop the price\"} -> {\"text\": \"\"}", "conversation.actionItems[0].evidence[0].text is not a text")]
    [InlineData("\"conversation\" -> \"summary\"", "conversation is not an object")]
    [InlineData("Drop the price -> \\ud800", "the answer is not valid Unicode")]
    public async Task The_rules_stand_in_for_an_invalid_answer_and_say_why(string change, string reason)
    {
        await using var model = await ModelServer.StartAsync();
        var parts = change.Split(" -> ");
        model.Answer = (_, _) => Task.FromResult(parts.Length == 1 ? change : Good.Replace(parts[0], parts[1], StringComparison.Ordinal));
        await using var api = fixture.Start(model.Settings);

        var answer = await PreviewAsync(api);

        Assert.Equal((RuleEngine.Name, true), ((string?)answer["engine"], (bool)answer["fallback"]!));
        Assert.Contains(reason, (string)answer["fallbackReason"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("take it", (string)answer["fallbackReason"]!, StringComparison.Ordinal);
        Assert.Equal(1, api.ReadCounter("analysis.fallbacks", "reason=invalid"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(401)]
    public async Task The_rules_stand_in_at_once_for_an_endpoint_that_fails(int status)
    {
        await using var model = await ModelServer.StartAsync();
        model.Status = status;
        await using var api = fixture.Start(model.Settings);

        var answer = await PreviewAsync(api);

        Assert.True((bool)answer["fallback"]!);
        Assert.Contains($"{status}", (string)answer["fallbackReason"]!, StringComparison.Ordinal);
        Assert.Equal(1, model.Requests);
    }

    [Fact]
    public async Task The_rules_stand_in_for_an_endpoint_that_nobody_serves()
    {
        await using var api = fixture.Start(("Analysis:Endpoint", "http://127.0.0.1:1/v1"), ("Analysis:Model", "stand-in"));

        Assert.True((bool)(await PreviewAsync(api))["fallback"]!);
    }

    [Fact]
    public async Task The_rules_stand_in_for_a_model_that_is_too_slow()
    {
        await using var model = await ModelServer.StartAsync();
        model.Answer = async (_, cancelled) =>
        {
            await Task.Delay(Timeout.Infinite, cancelled);
            return Good;
        };
        await using var api = fixture.Start([.. model.Settings, ("Analysis:Timeout", "00:00:00.200")]);

        var answer = await PreviewAsync(api);

        Assert.Contains("has not answered within 0.2 s", (string)answer["fallbackReason"]!, StringComparison.Ordinal);
        Assert.Equal(1, api.ReadCounter("analysis.fallbacks", "reason=timeout"));
    }

    [Fact]
    public async Task The_rules_analyse_a_conversation_that_is_too_long_for_the_model()
    {
        await using var model = await ModelServer.StartAsync();
        await using var api = fixture.Start([.. model.Settings, ("Analysis:MaxModelCharacters", "1000")]);

        var answer = await PreviewAsync(api, new string('a', 1001));

        Assert.Contains("at most 1000", (string)answer["fallbackReason"]!, StringComparison.Ordinal);
        Assert.Equal(0, model.Requests);
    }

    [Fact]
    public async Task A_stop_request_counts_even_if_the_model_misses_it()
    {
        await using var model = await ModelServer.StartAsync();
        model.Answer = (_, _) => Task.FromResult("""
            {"turns": [{"index": 1, "sentiment": {"score": 0, "label": "neutral"}, "intents": []}],
             "conversation": {"sentiment": {"score": 0, "label": "neutral"}, "keyPhrases": [], "actionItems": []}}
            """);
        await using var api = fixture.Start(model.Settings);

        var answer = await PreviewAsync(api, "Stop calling me.");

        Assert.Equal("model", (string?)answer["engine"]);
        Assert.Equal("stop_request", (string?)answer["turns"]![1]!["intents"]![0]!["name"]);
        Assert.Equal("stop_request", (string?)answer["conversation"]!["intents"]![0]!["name"]);
    }

    [Fact]
    public async Task A_fallback_is_stored_as_such_and_can_be_repeated_with_the_model()
    {
        await using var model = await ModelServer.StartAsync();
        model.Status = 503;
        await using var api = fixture.Start(model.Settings);
        var driver = new AnalysisDriver(fixture, api);
        await driver.CallAsync(1_793_000_000, s_words);
        await api.AnalyseAsync();
        Assert.True((bool)Assert.Single(await driver.AnalysesAsync())!["analysis"]!["fallback"]!);
        Assert.True((bool)Assert.Single(await driver.EventsAsync("conversation_insights"))["fallback"]!);

        model.Status = 200;
        model.Answer = (_, _) => Task.FromResult(Good.Replace("2026-11-24T23:00:00Z", "2026-10-27T23:00:00Z", StringComparison.Ordinal));
        await driver.RerunAsync(new JsonObject { ["fallback"] = true });
        await api.AnalyseAsync();

        Assert.Equal("model", (string?)Assert.Single(await driver.AnalysesAsync())!["analysis"]!["engine"]);
        Assert.Equal(2, (await driver.EventsAsync("conversation_insights")).Count);
    }

    [Fact]
    public async Task A_transcript_that_changes_during_its_analysis_is_analysed_again()
    {
        await using var model = await ModelServer.StartAsync();
        await using var api = fixture.Start(model.Settings);
        var driver = new AnalysisDriver(fixture, api);
        model.Answer = async (_, _) =>
        {
            if (model.Requests == 1)
            {
                await driver.CallAsync(1_793_000_060, [.. s_words, "I will ask."]);
            }

            return "{}";
        };
        await driver.CallAsync(1_793_000_000, s_words);

        await api.AnalyseAsync();

        var analysis = Assert.Single(await driver.AnalysesAsync())!;
        Assert.Equal((1, 3), ((int)analysis["revision"]!, analysis["analysis"]!["turns"]!.AsArray().Count));
        Assert.Single(await driver.EventsAsync("conversation_insights"));
    }

    [Theory]
    [InlineData("Analysis__Endpoint", "Analysis:Endpoint", "ftp://api.example.com")]
    [InlineData("Analysis__Model", "Analysis:Endpoint", "https://api.example.com/v1")]
    [InlineData("Analysis__Endpoint", "Analysis:Model", "stand-in")]
    [InlineData("Analysis__TimeZone", "Analysis:TimeZone", "Chicago")]
    public void A_wrong_setting_stops_the_start_and_is_named(string named, string setting, string value)
    {
        var failure = Assert.ThrowsAny<Exception>(() => fixture.Start((setting, value)));

        Assert.Contains(named, failure.ToString(), StringComparison.Ordinal);
        Assert.IsType<OptionsValidationException>(failure.GetBaseException());
    }

    private static async Task<JsonNode> PreviewAsync(WebhookApiInstance api, string? words = null)
    {
        using var answer = await api.Client.PostAsJsonAsync("/api/analyses/preview", new
        {
            turns = new[]
            {
                new { role = "agent", text = s_words[0], offsetSeconds = 0 },
                new { role = "user", text = words ?? s_words[1], offsetSeconds = 3 },
            },
            timeZone = "America/Chicago",
            startedAt = "2026-11-23T12:00:00Z",
        }, Cancellation);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }
}
