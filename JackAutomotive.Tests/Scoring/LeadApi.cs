using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Scoring;

/// <summary>Calls our own API about one lead.</summary>
internal sealed class LeadApi(WebhookApiInstance api, Guid lead)
{
    public Guid Lead => lead;

    /// <summary>Sends a text from a new customer and returns the customer's lead.</summary>
    public static async Task<LeadApi> CreateLeadAsync(WebhookApiFixture fixture, string? number = null)
    {
        number ??= IncomingSmsDriver.NewNumber();
        await fixture.Instance.Sms.Text(from: number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await fixture.Instance.ScoreAsync();
        return await FindAsync(fixture, number);
    }

    public static async Task<LeadApi> FindAsync(WebhookApiFixture fixture, string number) =>
        new(fixture.Instance, await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, HttpStatusCode.OK);

    public Task<JsonNode> SendAsync(HttpMethod method, string path, string body) => SendAsync(method, path, body, HttpStatusCode.OK);

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, string? body, HttpStatusCode expected, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/api/leads/{lead}{path}", UriKind.Relative));
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await (client ?? api.Client).SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {text}");
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!
            : await Problem.AssertAsync(answer);
    }

    /// <summary>Sends a request that must be refused, and returns the names of the fields that the problem lists.</summary>
    public async Task<string[]> RefuseAsync(HttpMethod method, string path, string body)
    {
        var problem = await SendAsync(method, path, body, HttpStatusCode.BadRequest);
        return [.. problem["errors"]!.AsObject().Select(error => error.Key)];
    }

    /// <summary>Returns the field of the profile with this name.</summary>
    public async Task<JsonNode> ReadFieldAsync(string name) =>
        (await GetAsync("/profile"))["fields"]!.AsArray().Single(field => (string?)field!["name"] == name)!;
}
