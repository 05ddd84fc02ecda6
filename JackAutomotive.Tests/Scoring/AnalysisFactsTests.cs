using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Scoring;

/// <summary>What the analysis of conversations finds becomes facts of the lead, end to end.</summary>
public sealed class AnalysisFactsTests : IClassFixture<WebhookApiFixture>, IAsyncDisposable
{
    private readonly WebhookApiFixture _fixture;
    private readonly WebhookApiInstance _api;
    private readonly string _number = IncomingSmsDriver.NewNumber();

    public AnalysisFactsTests(WebhookApiFixture fixture)
    {
        _fixture = fixture;
        _api = fixture.Start(("Analysis:TextPause", "00:00:00"));
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Who_asks_for_a_person_needs_a_human_until_somebody_of_the_dealership_gets_in_touch()
    {
        await TextAsync("Can I please talk to a real person?");
        var standing = await ReadStandingAsync();
        Assert.Equal(("needs_human", "speak_to_person"), ((string?)standing["mood"], (string?)standing["nextAction"]!["kind"]));

        await CallAsync("outbound", ("agent", "Hello, this is Ann from the dealership."), ("user", "Hi Ann."));
        Assert.NotEqual("needs_human", (string?)(await ReadStandingAsync())["mood"]);
    }

    [Fact]
    public async Task The_word_personal_asks_for_no_person()
    {
        await TextAsync("Is the loan a personal loan? What does it cost?");
        Assert.NotEqual("needs_human", (string?)(await ReadStandingAsync())["mood"]);
    }

    [Theory]
    [InlineData("sms")]
    [InlineData("voice")]
    public async Task A_request_to_end_contact_in_any_wording_ends_it(string channel)
    {
        const string Words = "Please stop texting me, I'm not interested anymore";
        if (channel == "sms")
        {
            await TextAsync(Words);
        }
        else
        {
            await CallAsync("outbound", ("agent", "Hi, it's Jack."), ("user", "Please stop calling me and take me off your list."));
        }

        var standing = await ReadStandingAsync();
        Assert.Equal(("do_not_contact", "lead"), ((string?)standing["status"]!["status"], (string?)standing["status"]!["changedBy"]));
        Assert.Equal((0, "cold", "none"), ((int)standing["score"]!, (string?)standing["mood"], (string?)standing["nextAction"]!["kind"]));
    }

    [Fact]
    public async Task A_callback_is_due_at_the_time_that_the_lead_named_and_done_by_the_call()
    {
        await TextAsync("I'm at work, please call me tomorrow at 10am");
        var due = _fixture.Time.GetUtcNow().Date.AddDays(1).AddHours(15); // Ten o'clock in the dealership's time zone.
        _fixture.Time.SetUtcNow(new DateTimeOffset(due, TimeSpan.Zero));
        var action = (await ReadStandingAsync())["nextAction"]!;
        Assert.Equal(("call_back", due), ((string?)action["kind"], ((DateTimeOffset)action["dueAt"]!).UtcDateTime));

        await CallAsync("outbound", ("agent", "Hi, this is Jack."), ("user", "Hi, thanks."));
        Assert.NotEqual("call_back", (string?)(await ReadStandingAsync())["nextAction"]!["kind"]);
    }

    [Fact]
    public async Task Buying_signals_and_objections_are_reasons_of_the_score_with_their_words()
    {
        await TextAsync("Ok I'll take it, where do I sign?");
        var rows = await ReadFactorsAsync();
        Assert.True((double)rows["buying_signals"]["points"]! > 0);
        Assert.Contains("take it", (string?)rows["buying_signals"]["reason"], StringComparison.Ordinal);

        await TextAsync("Hmm, I need to talk to my wife about it first");
        rows = await ReadFactorsAsync();
        Assert.True((double)rows["objections"]["points"]! < 0);
        Assert.Contains("spouse", (string?)rows["objections"]["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_car_bought_elsewhere_loses_the_lead()
    {
        await TextAsync("Sorry, I already bought a car at another dealer");
        var status = (await ReadStandingAsync())["status"]!;
        Assert.Equal(("lost", "rule"), ((string?)status["status"], (string?)status["changedBy"]));
    }

    [Fact]
    public async Task An_angry_conversation_makes_a_lead_frustrated()
    {
        await TextAsync("This is ridiculous, you people lied to me about the price. Worst dealership ever!");
        Assert.Equal("frustrated", (string?)(await ReadStandingAsync())["mood"]);
    }

    [Fact]
    public async Task A_document_that_the_lead_agreed_to_send_is_promised_until_the_item_is_done()
    {
        await CallAsync(
            "outbound",
            ("agent", "To go on I need your last two pay stubs. Can you send them?"), ("user", "Sure, I'll send you my pay stubs tomorrow."));
        Assert.Equal("promised", await ReadDocumentAsync("proof_of_income"));
        Assert.Equal("missing", await ReadDocumentAsync("insurance"));

        await _fixture.ListAsync<Guid>(
            "UPDATE action_items SET state = 'withdrawn' FROM leads WHERE leads.id = lead_id AND phone = $1 RETURNING action_items.id", _number);
        Assert.Equal("missing", await ReadDocumentAsync("proof_of_income"));
    }

    private async Task TextAsync(string body)
    {
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _api.Sms.Text(body, _number).DeliverAsync(_api.Client);
        await WorkAsync();
    }

    private async Task CallAsync(string direction, params (string Role, string Words)[] turns)
    {
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var now = _fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        var call = PostCallDriver.Transcription(number: _number, eventTimestamp: now);
        call["data"]!["metadata"]!["start_time_unix_secs"] = now;
        call["data"]!["metadata"]!["phone_call"]!["direction"] = direction;
        call["data"]!["transcript"] = new JsonArray([.. turns.Select((turn, i) => PostCallDriver.Turn(turn.Role, turn.Words, 5 * i))]);
        await _api.PostCall.Request(call).DeliverAsync(_api.Client);
        await WorkAsync();
    }

    private async Task WorkAsync()
    {
        await _api.DrainAsync();
        await _api.AnalyseAsync();
        await _api.ScoreAsync();
    }

    private async Task<JsonNode> ReadStandingAsync() => await (await LeadApi.FindAsync(_fixture, _number)).GetAsync("/standing");

    private async Task<Dictionary<string, JsonNode>> ReadFactorsAsync() =>
        (await (await LeadApi.FindAsync(_fixture, _number)).GetAsync("/score"))["factors"]!.AsArray()
            .ToDictionary(row => (string)row!["factor"]!, row => row!);

    private async Task<string?> ReadDocumentAsync(string kind) =>
        (string?)(await ReadStandingAsync())["funding"]!["items"]!.AsArray().Single(item => (string?)item!["name"] == kind)!["state"];
}
