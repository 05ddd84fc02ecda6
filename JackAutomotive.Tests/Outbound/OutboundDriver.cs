using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>Asks for texts and calls to one lead, and reads what became of them.</summary>
internal sealed class OutboundDriver(WebhookApiFixture fixture, WebhookApiInstance api)
{
    private const string TextPath = "/api/twilio/send-sms";
    private const string CallPath = "/api/elevenlabs/outbound-call";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The number of the lead, whose area code is that of New York.</summary>
    public string Number { get; } = NewNumber();

    private static int s_numbers;

    /// <summary>Returns a number in New York that no other test uses.</summary>
    public static string NewNumber()
    {
        var number = Interlocked.Increment(ref s_numbers);
        return $"+1212{200 + (number / 10_000)}{number % 10_000:0000}";
    }

    /// <summary>Asks for a text, which must be accepted, and returns its id.</summary>
    public async Task<Guid> TextAsync(string body = "Your car is ready.") =>
        await AcceptAsync(TextPath, new JsonObject { ["to"] = Number, ["body"] = body });

    /// <summary>Asks for a call, which must be accepted, and returns its id.</summary>
    public async Task<Guid> CallAsync(string? reason = "The customer asked for a call.") =>
        await AcceptAsync(CallPath, new JsonObject { ["to"] = Number, ["reason"] = reason });

    public async Task<Guid> AcceptAsync(string path, JsonObject request)
    {
        using var answer = await PostAsync(path, request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var id = (Guid)(await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["id"]!;
        Assert.Equal($"/api/outbound/{id}", answer.Headers.Location?.ToString());
        return id;
    }

    public Task<HttpResponseMessage> PostTextAsync(JsonObject request, string? key = null) => PostAsync(TextPath, request, key);

    public Task<HttpResponseMessage> PostCallAsync(JsonObject request, string? key = null) => PostAsync(CallPath, request, key);

    public async Task<JsonNode> GetAsync(Guid id) =>
        (await api.Client.GetFromJsonAsync<JsonNode>(new Uri($"/api/outbound/{id}", UriKind.Relative), Cancellation))!;

    public async Task<string> StateAsync(Guid id) => (string)(await GetAsync(id))["state"]!;

    public async Task<JsonArray> ListAsync(string query) =>
        (await api.Client.GetFromJsonAsync<JsonNode>(new Uri($"/api/outbound?{query}", UriKind.Relative), Cancellation))!["items"]!.AsArray();

    public Task<HttpResponseMessage> WithdrawAsync(Guid id) => api.Client.DeleteAsync(new Uri($"/api/outbound/{id}", UriKind.Relative), Cancellation);

    /// <summary>Returns the types of the lead's events.</summary>
    public Task<List<string>> EventTypesAsync() => fixture.ReadEventTypesAsync(Number);

    /// <summary>Delivers a status callback of a text and handles it.</summary>
    public async Task DeliverStatusAsync(string sid, string status, int? error = null)
    {
        await new SmsStatusDriver(api.Sms).Status(sid, status, Number, error).DeliverAsync(api.Client);
        await api.DrainAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, JsonObject body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await api.Client.SendAsync(request, Cancellation);
    }
}
