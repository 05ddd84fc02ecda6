using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>Delivers conversations of one customer and reads what is known of them.</summary>
internal sealed class AnalysisDriver(WebhookApiFixture fixture, WebhookApiInstance api)
{
    public const string Callback = "Call me tomorrow at five.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Number { get; } = IncomingSmsDriver.NewNumber();

    public string Conversation { get; } = PostCallDriver.NewConversation();

    /// <summary>Delivers a transcript and handles it. The agent begins; then the two sides alternate.</summary>
    public async Task CallAsync(long at, params string[] turns)
    {
        var call = PostCallDriver.Transcription(Conversation, Number, at);
        call["data"]!["transcript"] = new JsonArray(
            [.. turns.Select((words, i) => (JsonNode)PostCallDriver.Turn(i % 2 == 0 ? "agent" : "user", words, i * 4))]);
        await api.PostCall.Request(call).DeliverAsync(api.Client);
        await api.DrainAsync();
    }

    /// <summary>Delivers a text and handles it.</summary>
    public async Task<string> TextAsync(string words)
    {
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text(words, Number, sid).DeliverAsync(api.Client);
        await api.DrainAsync();
        return sid;
    }

    /// <summary>Returns the data of the customer's events of a type, in order.</summary>
    public async Task<List<JsonNode>> EventsAsync(string type) =>
    [
        .. (await fixture.ListAsync<string>(
            "SELECT data::text FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND type = $2 ORDER BY seq", Number, type))
            .Select(text => JsonNode.Parse(text)!),
    ];

    public Task<long> CountEventsAsync() =>
        fixture.CountAsync("lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1", Number);

    public Task<Guid> LeadAsync() => fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", Number);

    public async Task<JsonArray> AnalysesAsync() => (await GetAsync($"/api/leads/{await LeadAsync()}/analyses"))["items"]!.AsArray();

    public async Task<JsonArray> ActionItemsAsync(string query = "") =>
        (await GetAsync($"/api/leads/{await LeadAsync()}/action-items{query}"))["items"]!.AsArray();

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await api.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    public async Task<JsonNode> PatchAsync(string item, JsonObject change)
    {
        using var answer = await api.Client.PatchAsJsonAsync(new Uri($"/api/action-items/{item}", UriKind.Relative), change, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    public async Task<JsonNode> RerunAsync(JsonObject filter)
    {
        using var answer = await api.Client.PostAsJsonAsync(new Uri("/api/analyses/rerun", UriKind.Relative), filter, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }
}
