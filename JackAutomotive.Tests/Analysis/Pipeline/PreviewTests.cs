using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Access;
using JackAutomotive.Analysis;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Analysis.Pipeline;

public sealed class PreviewTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Good = """
        {"turns": [
            {"role": "agent", "text": "Hi, this is Jack from the dealership. How can I help?", "offsetSeconds": 0},
            {"role": "user", "text": "Call me Tuesday after five please", "offsetSeconds": 4.5, "channel": "voice"},
            {"role": "agent", "text": "Will do.", "offsetSeconds": 8}],
         "timeZone": "America/Chicago", "startedAt": "2026-11-23T12:00:00Z"}
        """;

    private static readonly Uri s_path = new("/api/analyses/preview", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preview_has_a_sentiment_for_each_turn_and_action_items_in_the_customers_time_zone()
    {
        var answer = await PreviewAsync(Good);

        Assert.Equal((RuleEngine.Name, RuleEngine.Version), ((string)answer["engine"]!, (string)answer["version"]!));
        Assert.Equal([0, 1, 2], answer["turns"]!.AsArray().Select(turn => (int)turn!["index"]!));
        Assert.All(answer["turns"]!.AsArray(), turn => Assert.InRange((double)turn!["sentiment"]!["score"]!, -1, 1));
        Assert.Equal("callback_request", (string?)answer["turns"]![1]!["intents"]![0]!["name"]);
        var evidence = answer["turns"]![1]!["intents"]![0]!["evidence"]![0]!;
        Assert.Equal(
            (string?)evidence["text"], "Call me Tuesday after five please".Substring((int)evidence["start"]!, (int)evidence["length"]!));
        var item = Assert.Single(answer["conversation"]!["actionItems"]!.AsArray())!;
        Assert.Equal(("staff", "2026-11-24T17:00:00-06:00", 1), ((string?)item["owner"], (string?)item["dueAt"], (int)item["turn"]!));
        Assert.Equal(
            ["sentiment", "intents", "keyPhrases", "actionItems", "quality"], answer["conversation"]!.AsObject().Select(field => field.Key));
        Assert.Null(answer["fallback"]);
    }

    [Fact]
    public async Task A_preview_stores_nothing()
    {
        await PreviewAsync(Good);

        Assert.Equal(0, await fixture.CountAsync("leads"));
        Assert.Equal(0, await fixture.CountAsync("analysis_queue"));
        Assert.Equal(0, await fixture.CountAsync("conversation_analyses"));
    }

    [Theory]
    [InlineData("turns", "null")]
    [InlineData("turns", "[]")]
    [InlineData("turns", "\"hello\"")]
    [InlineData("turns[0]", "[\"hello\"]")]
    [InlineData("turns[0].role", """[{"text": "a", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].role", """[{"role": "customer", "text": "a", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].role", """[{"role": "USER", "text": "a", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].text", """[{"role": "user", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].text", """[{"role": "user", "text": null, "offsetSeconds": 0}]""")]
    [InlineData("turns[0].text", """[{"role": "user", "text": "half \ud83d", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].text", """[{"role": "user", "text": "\ude00 half", "offsetSeconds": 0}]""")]
    [InlineData("turns[0].offsetSeconds", """[{"role": "user", "text": "a"}]""")]
    [InlineData("turns[0].offsetSeconds", """[{"role": "user", "text": "a", "offsetSeconds": "0"}]""")]
    [InlineData("turns[0].offsetSeconds", """[{"role": "user", "text": "a", "offsetSeconds": -0.1}]""")]
    [InlineData("turns[0].offsetSeconds", """[{"role": "user", "text": "a", "offsetSeconds": 1e300}]""")]
    [InlineData("turns[0].offsetSeconds", """[{"role": "user", "text": "a", "offsetSeconds": 1e999}]""")]
    [InlineData("turns[1].offsetSeconds", """[{"role": "user", "text": "a", "offsetSeconds": 2}, {"role": "user", "text": "a", "offsetSeconds": 1}]""")]
    [InlineData("turns[0].channel", """[{"role": "user", "text": "a", "offsetSeconds": 0, "channel": "fax"}]""")]
    [InlineData("turns[0].channel", """[{"role": "user", "text": "a", "offsetSeconds": 0, "channel": 1}]""")]
    [InlineData("timeZone", "null")]
    [InlineData("timeZone", "\"Mars/Olympus\"")]
    [InlineData("timeZone", "\"Central Standard Time\"")]
    [InlineData("timeZone", "-6")]
    [InlineData("startedAt", "null")]
    [InlineData("startedAt", "\"yesterday\"")]
    [InlineData("startedAt", "\"2026-11-23T12:00:00\"")]
    [InlineData("startedAt", "\"9999-12-31T23:59:59Z\"")]
    public async Task A_wrong_field_is_named_with_the_rule(string field, string value)
    {
        var request = JsonNode.Parse(Good)!;
        var name = field.Split('[')[0];
        var body = request.ToJsonString().Replace(request[name]!.ToJsonString(), value, StringComparison.Ordinal);

        using var answer = await PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer);
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
        Assert.EndsWith(".", (string)problem["errors"]![field]![0]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeZone")]
    [InlineData("startedAt")]
    [InlineData("turns")]
    public async Task A_missing_field_is_named(string field)
    {
        var request = JsonNode.Parse(Good)!.AsObject();
        request.Remove(field);

        using var answer = await PostAsync(request.ToJsonString());

        Assert.Equal(field, Assert.Single((await Problem.AssertAsync(answer))["errors"]!.AsObject()).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    public async Task A_body_that_is_no_object_is_refused(string body)
    {
        using var answer = await PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Fact]
    public async Task Two_thousand_turns_are_analysed_and_one_more_is_refused()
    {
        using var accepted = await PostAsync(Turns(2000, "ok thanks"));
        using var refused = await PostAsync(Turns(2001, "ok thanks"));

        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.Contains("2001", (string)(await Problem.AssertAsync(refused))["errors"]!["turns"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_two_hundred_thousand_characters_are_refused()
    {
        using var tooLong = await PostAsync(Turns(2, new string('a', 100_001)));

        // The service refuses the length before the body is sent.
        using var request = new HttpRequestMessage(HttpMethod.Post, s_path)
        {
            Content = new StringContent(Turns(2, new string('a', 3_000_000)), Encoding.UTF8, "application/json"),
        };
        request.Headers.ExpectContinue = true;
        using var farTooLong = await fixture.Instance.Client.SendAsync(request, Cancellation);

        Assert.Contains("200002", (string)(await Problem.AssertAsync(tooLong))["errors"]!["turns"]![0]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, farTooLong.StatusCode);
    }

    [Fact]
    public async Task A_preview_and_a_rerun_need_a_key_with_the_scope()
    {
        foreach (var (path, scope) in new[] { ("/api/analyses/preview", "write"), ("/api/analyses/rerun", "read") })
        {
            var key = $"key-with-only-{scope}";
            await fixture.ListAsync<string>(
                "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING RETURNING name",
                ApiKey.HashOf(key),
                key,
                new[] { scope });
            using var anonymous = fixture.Instance.NewClient(null);
            using var weak = fixture.Instance.NewClient(key);
            using var unknown = await anonymous.PostAsJsonAsync(path, new { }, Cancellation);
            using var forbidden = await weak.PostAsJsonAsync(path, new { }, Cancellation);

            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (unknown.StatusCode, forbidden.StatusCode));
        }
    }

    private static string Turns(int count, string text) => new JsonObject
    {
        ["turns"] = new JsonArray([.. Enumerable.Range(0, count).Select(i =>
            (JsonNode)new JsonObject { ["role"] = "user", ["text"] = text, ["offsetSeconds"] = i })]),
        ["timeZone"] = "America/Chicago",
        ["startedAt"] = "2026-11-23T12:00:00Z",
    }.ToJsonString();

    private async Task<JsonNode> PreviewAsync(string body)
    {
        using var answer = await PostAsync(body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    private Task<HttpResponseMessage> PostAsync(string body) =>
        fixture.Instance.Client.PostAsync(s_path, new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);
}
