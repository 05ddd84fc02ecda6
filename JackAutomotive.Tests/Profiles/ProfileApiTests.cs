using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Access;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Scoring;

namespace JackAutomotive.Tests.Profiles;

public sealed class ProfileApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task A_call_fills_the_profile_and_raises_one_event_with_the_difference()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();

        await CallAsync(number, conversation, 1, ("full_name", "maria lopez"), ("monthly_income", "about 38 an hour"), ("house_payment", 1250),
            ("trade_in", false), ("credit_score", "who cares"), ("email", null), ("shoe_size", 9));

        var lead = await LeadApi.FindAsync(fixture, number);
        var changes = Assert.Single(await ReadUpdatesAsync(lead))["changes"]!.AsArray();
        Assert.Equal(
            ["name", "monthlyIncome", "housePayment", "tradeIn"], changes.Select(change => (string)change!["field"]!));
        var income = await lead.ReadFieldAsync("monthlyIncome");
        Assert.Equal((6586.67m, "provider"), ((decimal)income["value"]!, (string?)income["source"]));
        Assert.Equal("40 hours a week are assumed, 52 weeks a year.", (string?)income["statements"]![0]!["assumption"]);
        Assert.Equal(conversation, (string?)income["statements"]![0]!["conversationId"]);
        var score = await lead.ReadFieldAsync("creditScore");
        Assert.Null(score["value"]);
        Assert.Equal("who cares", (string?)score["statements"]![0]!["raw"]);
        Assert.NotNull(score["statements"]![0]!["problem"]);
        Assert.Equal("Maria Lopez", (string?)(await lead.GetAsync(""))["name"]);
    }

    [Fact]
    public async Task The_same_values_again_raise_no_event_and_a_new_value_raises_only_its_own_difference()
    {
        var number = IncomingSmsDriver.NewNumber();
        await CallAsync(number, PostCallDriver.NewConversation(), 1, ("monthly_income", "$3,200"), ("employer", "Acme"));
        await CallAsync(number, PostCallDriver.NewConversation(), 2, ("monthly_income", "3.2k a month"), ("employer", "Acme"));
        await CallAsync(number, PostCallDriver.NewConversation(), 3, ("monthly_income", "$3,500"));

        var lead = await LeadApi.FindAsync(fixture, number);
        var updates = await ReadUpdatesAsync(lead);
        Assert.Equal(2, updates.Count);
        var change = Assert.Single(updates[1]["changes"]!.AsArray())!;
        Assert.Equal(("monthlyIncome", 3500, 3200), ((string?)change["field"], (int)change["value"]!, (int)change["previous"]!));
    }

    [Fact]
    public async Task An_older_call_that_arrives_late_does_not_replace_a_newer_value()
    {
        var number = IncomingSmsDriver.NewNumber();
        await CallAsync(number, PostCallDriver.NewConversation(), 5, ("monthly_income", "$3,500"));
        await CallAsync(number, PostCallDriver.NewConversation(), 1, ("monthly_income", "$3,200"), ("employer", "Acme"));

        var lead = await LeadApi.FindAsync(fixture, number);
        Assert.Equal(3500, (int)(await lead.ReadFieldAsync("monthlyIncome"))["value"]!);
        Assert.Equal("Acme", (string?)(await lead.ReadFieldAsync("employer"))["value"]);
    }

    [Fact]
    public async Task A_newer_analysis_of_a_call_replaces_what_the_older_one_stated()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();
        await CallAsync(number, conversation, 1, ("monthly_income", "$3,200"), ("employer", "Acme"));
        await CallAsync(number, conversation, 1, 60, ("monthly_income", "$3,300"));

        var lead = await LeadApi.FindAsync(fixture, number);
        Assert.Equal(3300, (int)(await lead.ReadFieldAsync("monthlyIncome"))["value"]!);
        Assert.Null((await lead.ReadFieldAsync("employer"))["value"]);
    }

    [Fact]
    public async Task The_words_of_the_transcript_fill_what_the_provider_did_not_collect()
    {
        var number = IncomingSmsDriver.NewNumber();
        var call = PostCallDriver.Transcription(PostCallDriver.NewConversation(), number);
        call["data"]!["transcript"] = new JsonArray(
            PostCallDriver.Turn("agent", "Hello, this is Jack.", 0),
            PostCallDriver.Turn("user", "Hi, my name is Dave Miller, I can put two grand down.", 2));
        call["data"]!["analysis"]!["data_collection_results"] = PostCallDriver.Collected(("name", "David Miller"));
        await Api.PostCall.Request(call).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var lead = await LeadApi.FindAsync(fixture, number);
        var name = await lead.ReadFieldAsync("name");
        var money = await lead.ReadFieldAsync("downPayment");
        Assert.Equal(("David Miller", "provider", 2), ((string?)name["value"], (string?)name["source"], name["statements"]!.AsArray().Count));
        Assert.Equal((2000, "extraction"), ((int)money["value"]!, (string?)money["source"]));
        var evidence = money["statements"]![0]!["evidence"]!;
        Assert.Equal((1, "two grand"), ((int)evidence["turn"]!, (string?)evidence["text"]));
    }

    [Fact]
    public async Task A_persons_edit_wins_until_it_is_withdrawn_and_the_history_tells_who_and_why()
    {
        var number = IncomingSmsDriver.NewNumber();
        await CallAsync(number, PostCallDriver.NewConversation(), 1, ("monthly_income", "$3,200"));
        var lead = await LeadApi.FindAsync(fixture, number);

        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": 4100, "dateOfBirth": "May 4th 1988"}, "reason": "At the desk"}""");
        await CallAsync(number, PostCallDriver.NewConversation(), 2, ("monthly_income", "$3,300"));
        Assert.Equal(4100, (int)(await lead.ReadFieldAsync("monthlyIncome"))["value"]!);
        Assert.Equal("1988-05-04", (string?)(await lead.ReadFieldAsync("dateOfBirth"))["value"]);

        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": null}}""");
        Assert.Equal(3300, (int)(await lead.ReadFieldAsync("monthlyIncome"))["value"]!);

        var history = (await lead.GetAsync("/history"))["items"]!.AsArray()
            .Where(item => (string?)item!["field"] == "monthlyIncome").ToList();
        Assert.Equal(["person 3300", "person 4100", "provider 3200"], history.Select(item => $"{item!["changedBy"]} {item["newValue"]}"));
        Assert.Equal("At the desk", (string?)history[1]!["reason"]);
        Assert.NotNull(history[1]!["person"]);
        Assert.Null(history[1]!["deliveryId"]);
        Assert.NotNull(history[2]!["deliveryId"]);
    }

    [Fact]
    public async Task An_edit_that_repeats_the_value_raises_no_event()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": 3200}}""");
        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": "$3,200"}}""");
        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"employer": null}}""");

        Assert.Single(await ReadUpdatesAsync(lead));
    }

    [Theory]
    [InlineData("""{"fields": {"shoeSize": 44}}""", "fields.shoeSize")]
    [InlineData("""{"fields": {"monthlyIncome": "a lot"}}""", "fields.monthlyIncome")]
    [InlineData("""{"fields": {"monthlyIncome": -1}}""", "fields.monthlyIncome")]
    [InlineData("""{"fields": {"monthlyIncome": 1e300}}""", "fields.monthlyIncome")]
    [InlineData("""{"fields": {"monthlyIncome": {"amount": 1}}}""", "fields.monthlyIncome")]
    [InlineData("""{"fields": {"creditScore": 9000}}""", "fields.creditScore")]
    [InlineData("""{"fields": {"email": "nobody"}}""", "fields.email")]
    [InlineData("""{"fields": {"name": "  "}}""", "fields.name")]
    [InlineData("""{"fields": {"dateOfBirth": "1988-02-30"}}""", "fields.dateOfBirth")]
    [InlineData("""{"fields": {"maritalStatus": "it's complicated"}}""", "fields.maritalStatus")]
    [InlineData("""{"fields": []}""", "fields")]
    [InlineData("""{"field": {"name": "x"}}""", "field")]
    [InlineData("""{"fields": {}, "reason": 4}""", "reason")]
    [InlineData("{}", "fields")]
    [InlineData("[]", "body")]
    [InlineData("""{"fields": {"name": "\ud800"}}""", "body")]
    public async Task An_invalid_edit_is_refused_names_the_field_and_stores_nothing(string body, string field)
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);

        Assert.Equal([field], await lead.RefuseAsync(HttpMethod.Patch, "", body));

        Assert.Equal(0, await fixture.CountAsync("lead_profile_values WHERE lead_id = $1", lead.Lead));
    }

    [Fact]
    public async Task One_invalid_field_stores_none_of_the_edits()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);

        await lead.RefuseAsync(HttpMethod.Patch, "", """{"fields": {"employer": "Acme", "creditScore": "?"}}""");

        Assert.Null((await lead.ReadFieldAsync("employer"))["value"]);
    }

    [Fact]
    public async Task Reading_needs_the_scope_read_and_editing_the_scope_write_and_an_unknown_lead_is_answered_404()
    {
        await AddKeyAsync("key-for-profile-reading", "read");
        await AddKeyAsync("key-for-profile-writing", "write");
        using var reader = Api.NewClient("key-for-profile-reading");
        using var writer = Api.NewClient("key-for-profile-writing");
        var lead = await LeadApi.CreateLeadAsync(fixture);
        const string Edit = """{"fields": {"employer": "Acme"}}""";

        await lead.SendAsync(HttpMethod.Patch, "", Edit, HttpStatusCode.Forbidden, reader);
        await lead.SendAsync(HttpMethod.Patch, "", Edit, HttpStatusCode.OK, writer);
        await lead.SendAsync(HttpMethod.Get, "/profile", null, HttpStatusCode.Forbidden, writer);
        await lead.SendAsync(HttpMethod.Get, "/history", null, HttpStatusCode.OK, reader);

        var nobody = new LeadApi(Api, Guid.CreateVersion7());
        await nobody.SendAsync(HttpMethod.Patch, "", Edit, HttpStatusCode.NotFound);
        await nobody.SendAsync(HttpMethod.Get, "/profile", null, HttpStatusCode.NotFound);
        await nobody.SendAsync(HttpMethod.Get, "/history", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_history_is_read_page_by_page()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        for (var i = 1; i <= 5; i++)
        {
            await lead.SendAsync(HttpMethod.Patch, "", $$$"""{"fields": {"downPayment": {{{i}}}00}}""");
        }

        var first = await lead.GetAsync("/history?limit=3");
        var second = await lead.GetAsync($"/history?limit=3&before={first["next"]}");

        Assert.Equal(
            ["500", "400", "300", "200", "100"],
            first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => $"{item!["newValue"]}"));
        Assert.Null(second["next"]);
        await lead.SendAsync(HttpMethod.Get, "/history?limit=0", null, HttpStatusCode.BadRequest);
        await lead.SendAsync(HttpMethod.Get, "/history?before=x", null, HttpStatusCode.BadRequest);
    }

    private Task CallAsync(string number, string conversation, int day, params (string Id, JsonNode? Value)[] collected) =>
        CallAsync(number, conversation, day, 0, collected);

    private async Task CallAsync(string number, string conversation, int day, int analysedLater, params (string Id, JsonNode? Value)[] collected)
    {
        var at = 1_792_000_000 + (day * 86_400);
        var call = PostCallDriver.Transcription(conversation, number, at + 100 + analysedLater);
        call["data"]!["metadata"]!["start_time_unix_secs"] = at;
        call["data"]!["analysis"]!["data_collection_results"] = PostCallDriver.Collected(collected);
        await Api.PostCall.Request(call).DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    private async Task<List<JsonNode>> ReadUpdatesAsync(LeadApi lead) =>
    [
        .. (await fixture.ListAsync<string>(
            "SELECT data::text FROM lead_events WHERE lead_id = $1 AND type = 'lead_profile_updated' ORDER BY seq", lead.Lead))
            .Select(data => JsonNode.Parse(data)!),
    ];

    private async Task AddKeyAsync(string key, params string[] scopes) => await fixture.ListAsync<string>(
        "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING RETURNING name",
        ApiKey.HashOf(key), key, scopes);
}
