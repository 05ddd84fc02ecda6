using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Timeline;

/// <summary>Makes leads and uses our API on them.</summary>
internal sealed class LeadDriver(WebhookApiFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private WebhookApiInstance Api => fixture.Instance;

    /// <summary>Delivers a text, handles it, and returns the sender's lead. Advances the clock by one second.</summary>
    public async Task<Guid> TextAsync(string number, string words = "Is it still there?")
    {
        await Api.Sms.Text(words, number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        return await FindAsync(number);
    }

    /// <summary>Delivers requests one after the other and handles them.</summary>
    public async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }

    public Task<Guid> FindAsync(string number) =>
        fixture.ReadAsync<Guid>("SELECT lead_id FROM lead_addresses WHERE kind = 'phone' AND address = $1", number);

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await Api.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return await ReadAsync(answer, HttpStatusCode.OK);
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await Api.Client.SendAsync(request, Cancellation);
        return await ReadAsync(answer, status);
    }

    /// <summary>Sends a request that is refused, and returns the problem.</summary>
    public async Task<JsonNode> RefuseAsync(HttpMethod method, string path, HttpStatusCode status, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await Api.Client.SendAsync(request, Cancellation);
        Assert.Equal(status, answer.StatusCode);
        return await Problem.AssertAsync(answer);
    }

    /// <summary>Returns the ids of all leads of a list, read page by page.</summary>
    public async Task<List<Guid>> ListAsync(string query, int limit = 3)
    {
        var ids = new List<Guid>();
        var place = "";
        do
        {
            var page = await GetAsync($"/api/leads?limit={limit}&{query}{place}");
            Assert.InRange(page["items"]!.AsArray().Count, 0, limit);
            ids.AddRange(page["items"]!.AsArray().Select(lead => (Guid)lead!["id"]!));
            place = page["next"] is { } next ? $"&before={next}" : "";
        }
        while (place.Length > 0);
        return ids;
    }

    /// <summary>Returns all entries of a timeline, read page by page.</summary>
    public async Task<List<JsonNode>> TimelineAsync(Guid lead, string query = "", int limit = 200)
    {
        var entries = new List<JsonNode>();
        var place = "";
        do
        {
            var page = await GetAsync($"/api/leads/{lead}/timeline?limit={limit}&{query}{place}");
            Assert.InRange(page["items"]!.AsArray().Count, 0, limit);
            entries.AddRange(page["items"]!.AsArray().Select(entry => entry!));
            place = page["next"] is { } next ? $"&before={next}" : "";
        }
        while (place.Length > 0);
        return entries;
    }

    /// <summary>Returns the data of a lead's events of a type, in order.</summary>
    public async Task<List<JsonNode>> EventsAsync(Guid lead, string type) =>
    [
        .. (await fixture.ListAsync<string>("SELECT data::text FROM lead_events WHERE lead_id = $1 AND type = $2 ORDER BY seq", lead, type))
            .Select(text => JsonNode.Parse(text)!),
    ];

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
