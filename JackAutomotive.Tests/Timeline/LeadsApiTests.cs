using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Access;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Timeline;

public class LeadsApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Leads_are_listed_newest_first_page_by_page()
    {
        var numbers = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            numbers.Add(IncomingSmsDriver.NewNumber());
            await Api.Sms.Text(from: numbers[i]).DeliverAsync(Api.Client);
            await Api.DrainAsync();
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var seen = new List<string>();
        var next = "";
        do
        {
            var page = await GetAsync($"/api/leads?limit=2{next}");
            Assert.InRange(page["items"]!.AsArray().Count, 1, 2);
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["phone"]!));
            next = page["next"] is { } before ? $"&before={before}" : "";
        }
        while (next.Length > 0);

        Assert.Equal(Enumerable.Reverse(numbers), seen.Where(numbers.Contains));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_lead_is_found_by_any_spelling_of_its_phone_number()
    {
        var number = IncomingSmsDriver.NewNumber();
        await Api.Sms.Text(from: number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var (area, exchange, line) = (number[2..5], number[5..8], number[8..]);

        string[] spellings = [number, $"({area}) {exchange}-{line}", $"1 {area} {exchange} {line}", $"{area}.{exchange}.{line}"];
        foreach (var spelling in spellings)
        {
            var page = await GetAsync($"/api/leads?phone={Uri.EscapeDataString(spelling)}");
            Assert.Equal(number, (string?)Assert.Single(page["items"]!.AsArray())!["phone"]);
        }

        Assert.Empty((await GetAsync("/api/leads?phone=%2B12025550000"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_lead_is_returned_with_its_messages_conversations_and_last_seq()
    {
        var number = IncomingSmsDriver.NewNumber();
        await Api.Sms.Picture(number, ("https://api.example.com/1", "image/jpeg")).DeliverAsync(Api.Client);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await Api.Sms.Text("two", number).DeliverAsync(Api.Client);
        await Api.PostCall.Request(PostCallDriver.Transcription(number: number)).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number);

        var lead = await GetAsync($"/api/leads/{id}");

        Assert.Equal(number, (string?)lead["phone"]);
        Assert.Equal(5, (long)lead["lastSeq"]!);
        Assert.Equal(["", "two"], lead["messages"]!.AsArray().Select(message => (string)message!["body"]!));
        Assert.Equal("image/jpeg", (string?)lead["messages"]![0]!["media"]![0]!["contentType"]);
        var turns = Assert.Single(lead["conversations"]!.AsArray())!["turns"]!.AsArray();
        Assert.Equal(["agent 0", "user 2.5"], turns.Select(turn => $"{turn!["role"]} {turn["offsetSeconds"]}"));
    }

    [Theory]
    [InlineData("/api/leads/00000000-0000-7000-8000-000000000000", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/nonsense", HttpStatusCode.NotFound)]
    [InlineData("/api/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/api/leads?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?limit=201", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?before=x", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?phone=x", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?phone=%00", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?before=%00", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?before=%ED%A0%80", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads?limit=%00", HttpStatusCode.BadRequest)]
    [InlineData("/api/deliveries?providerId=%00", HttpStatusCode.BadRequest)]
    [InlineData("/api/deliveries?topic=a.%ED%A0%80", HttpStatusCode.BadRequest)]
    [InlineData("/api/conversations/%ED%A0%80/audio", HttpStatusCode.NotFound)]
    public async Task An_unknown_path_and_an_invalid_parameter_are_answered_with_a_problem(string path, HttpStatusCode status)
    {
        using var answer = await Api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Fact]
    public async Task An_unsupported_method_is_answered_405()
    {
        var path = new Uri("/api/webhooks/twilio/sms/incoming", UriKind.Relative);
        using var answer = await Api.Client.DeleteAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Theory]
    [InlineData("/api/leads")]
    [InlineData("/api/leads/00000000-0000-7000-8000-000000000000")]
    public async Task Only_keys_with_the_scope_read_can_read_leads(string path)
    {
        await AddKeyAsync("key-that-may-only-write", "write");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, "wrong"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(path, "key-that-may-only-write"));
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string? key)
    {
        using var client = Api.NewClient(key);
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        await Problem.AssertAsync(answer);
        return answer.StatusCode;
    }

    private async Task AddKeyAsync(string key, params string[] scopes) => await fixture.ListAsync<string>(
        "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, 'test', $2, now()) ON CONFLICT DO NOTHING RETURNING name",
        ApiKey.HashOf(key),
        scopes);

    private async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await Api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }
}
