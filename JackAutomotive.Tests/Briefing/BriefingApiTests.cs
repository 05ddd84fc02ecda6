using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Analysis.Pipeline;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Briefing;

/// <summary>The briefing of a stored lead, as our API shows it and as the voice agent receives it.</summary>
public sealed class BriefingApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const long At = 1_793_000_000;

    private readonly AnalysisDriver _driver = new(fixture, fixture.Instance);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Calls_and_texts_of_a_lead_are_in_one_briefing()
    {
        await _driver.CallAsync(At, "Hello, this is Jack.", "Is the blue truck there?");
        await _driver.TextAsync("Call me tomorrow at five about the Toyota Tacoma");
        await _driver.TextAsync("Please stop texting me");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();

        var briefing = await ReadAsync();

        var variables = briefing["variables"]!;
        Assert.Collection(
            Lines(variables, "recent_messages"),
            line => Assert.EndsWith(", us by voice: Hello, this is Jack.", line, StringComparison.Ordinal),
            line => Assert.EndsWith(", customer by voice: Is the blue truck there?", line, StringComparison.Ordinal),
            line => Assert.EndsWith(", customer by sms: Call me tomorrow at five about the Toyota Tacoma", line, StringComparison.Ordinal),
            line => Assert.EndsWith(", customer by sms: Please stop texting me", line, StringComparison.Ordinal));
        Assert.Contains("We will do: Call the customer", (string?)variables["open_promises"], StringComparison.Ordinal);
        Assert.Contains("wants contact to end", (string?)variables["opt_outs"], StringComparison.Ordinal);
        Assert.Equal("The customer asked for the blue one.", (string?)variables["last_conversation_summary"]);
        Assert.Equal(2, Lines(variables, "earlier_conversations").Length);
        Assert.Equal("telephone number", (string?)variables["do_not_ask"]);
        Assert.StartsWith("Mood at the end of the last conversation: ", (string?)variables["known_facts"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_voice_agent_and_a_text_session_receive_the_variables_that_the_API_shows()
    {
        await _driver.CallAsync(At, "Hello, this is Jack.", "Is the blue truck there?");
        await _driver.TextAsync("Call me tomorrow at five");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();

        var answered = await InitiationDriver.Ask(_driver.Number, InitiationDriver.NewCallSid()).SendAndReadVariablesAsync(Api.Client);
        var (voice, text) = (await ReadAsync("?channel=voice"), await ReadAsync("?channel=text"));

        Assert.Equal(answered.ToJsonString(), voice["variables"]!.ToJsonString());
        Assert.Equal(answered.ToJsonString(), text["variables"]!.ToJsonString());
        Assert.StartsWith("You are Jack of our dealership. You exchange texts with", (string?)text["text"], StringComparison.Ordinal);
        Assert.Equal(1500, (int)text["maxTokens"]!);
        Assert.InRange((int)text["tokenCount"]!, 50, 1500);
        Assert.Empty(text["cut"]!.AsArray());
    }

    [Fact]
    public async Task A_call_that_broke_off_is_in_the_briefing_before_its_transcript_arrives_and_only_once_afterwards()
    {
        var live = new ConversationEventsDriver(fixture.Time);
        SignedRequest[] requests =
        [
            live.Started(_driver.Number), live.Agent("Hello!", 1, 1), live.User("Hold the blue truck", 2, 4), live.Ended(5),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        var before = Lines((await ReadAsync())["variables"]!, "recent_messages");
        var call = PostCallDriver.Transcription(live.Conversation, _driver.Number);
        call["data"]!["transcript"] = new JsonArray(PostCallDriver.Turn("agent", "Hello!", 1), PostCallDriver.Turn("user", "Hold the blue truck", 4));
        await Api.PostCall.Request(call).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var after = Lines((await ReadAsync())["variables"]!, "recent_messages");

        string[] expected = ["us by voice: Hello!", "customer by voice: Hold the blue truck"];
        Assert.Equal(expected, before.Select(WithoutTime));
        Assert.Equal(expected, after.Select(WithoutTime));
    }

    [Fact]
    public async Task A_wish_to_be_contacted_again_stands_above_the_earlier_stop()
    {
        await DeliverKeywordAsync("STOP");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await DeliverKeywordAsync("START");
        await Api.AnalyseAsync();

        var wishes = Lines((await ReadAsync())["variables"]!, "opt_outs");

        Assert.Collection(
            wishes,
            line => Assert.EndsWith("wants to be contacted again: \"START\"", line, StringComparison.Ordinal),
            line => Assert.EndsWith("wants contact to end: \"STOP\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_smaller_budget_leaves_out_the_oldest_and_the_API_shows_what_was_left_out()
    {
        await using var api = fixture.Start(("Briefing:MaxTokens", "500"));
        for (var i = 1; i <= 12; i++)
        {
            await _driver.TextAsync($"{string.Join(' ', Enumerable.Repeat("one word after the other", 10))} {i}");
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var briefing = await ReadAsync(client: api.Client);

        var lines = Lines(briefing["variables"]!, "recent_messages");
        Assert.InRange((int)briefing["tokenCount"]!, 300, 500);
        Assert.EndsWith(" 12", lines[^1], StringComparison.Ordinal);
        var cut = Assert.Single(briefing["cut"]!.AsArray())!;
        Assert.Equal(("recent_messages", lines.Length, 12 - lines.Length), ((string?)cut["section"], (int)cut["shown"]!, (int)cut["leftOut"]!));
    }

    [Theory]
    [InlineData("/api/leads/01890a5d-ac96-774b-bcce-b302099a8057/briefing", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/none/briefing", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/01890a5d-ac96-774b-bcce-b302099a8057/briefing?channel=fax", HttpStatusCode.BadRequest)]
    public async Task An_unknown_lead_and_an_unknown_channel_are_errors(string path, HttpStatusCode expected)
    {
        using var answer = await Api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Fact]
    public async Task A_briefing_needs_an_API_key()
    {
        using var client = new HttpClient { BaseAddress = Api.Address };
        using var answer = await client.GetAsync(
            new Uri($"/api/leads/{Guid.NewGuid()}/briefing", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static string[] Lines(JsonNode variables, string name) => ((string)variables[name]!).Split('\n');

    // "Nov 20 2026 2:04 PM, us by voice: …"
    private static string WithoutTime(string line) => line[(line.IndexOf("M, ", StringComparison.Ordinal) + 3)..];

    private async Task<JsonNode> ReadAsync(string query = "", HttpClient? client = null)
    {
        using var answer = await (client ?? Api.Client).GetAsync(
            new Uri($"/api/leads/{await _driver.LeadAsync()}/briefing{query}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task DeliverKeywordAsync(string keyword)
    {
        await Api.Sms.Fields(
        [
            ("MessageSid", IncomingSmsDriver.NewSid()), ("From", _driver.Number), ("To", IncomingSmsDriver.OurNumber), ("Body", keyword),
            ("NumMedia", "0"), ("OptOutType", keyword),
        ]).DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }
}
