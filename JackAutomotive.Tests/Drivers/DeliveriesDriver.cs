using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Access;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Calls the deliveries API.</summary>
internal sealed class DeliveriesDriver(WebhookApiFixture fixture, WebhookApiInstance? instance = null)
{
    private readonly WebhookApiInstance _api = instance ?? fixture.Instance;

    public Task<long> FindIdAsync(string key) => fixture.ReadAsync<long>("SELECT id FROM inbox WHERE dedup_key = $1", key);

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>Returns the ids of one page, or of every page if <paramref name="all"/> is true.</summary>
    public async Task<List<long>> ListAsync(string query, bool all = false)
    {
        var ids = new List<long>();
        JsonNode? next = null;
        do
        {
            var page = await GetAsync($"/api/deliveries?{query}{(next is null ? "" : $"&after={next}")}");
            ids.AddRange(page["items"]!.AsArray().Select(item => (long)item!["id"]!));
            next = page["next"];
        }
        while (all && next is not null);
        return ids;
    }

    public Task<JsonNode> FindAsync(long id) => GetAsync($"/api/deliveries/{id}");

    public async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(
        string path,
        string? json = null,
        string? key = WebhookApiInstance.Key)
    {
        using var client = _api.NewClient(key);

        // A server that refuses a large body closes the connection while the client still sends.
        client.DefaultRequestHeaders.ExpectContinue = json?.Length > 100_000;
        using var content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return (answer.StatusCode, await Problem.AssertAsync(answer));
        }

        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    public async Task<HttpStatusCode> ReplayAsync(long id) => (await PostAsync($"/api/deliveries/{id}/replay")).Status;

    public async Task AddKeyAsync(string key, string name, params string[] scopes) => await fixture.ListAsync<string>(
        "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING RETURNING name",
        ApiKey.HashOf(key),
        name,
        scopes);
}
