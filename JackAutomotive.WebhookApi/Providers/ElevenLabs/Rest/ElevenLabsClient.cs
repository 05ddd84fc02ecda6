using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs.Rest;

/// <summary>An answer of ElevenLabs' REST API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON of the answer; null if the answer is no JSON object.</param>
internal sealed record ElevenLabsAnswer(HttpStatusCode Status, JsonObject? Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>
    /// The provider's code of an error. Errors have three shapes: <c>{"detail": {"code": "…", "status": "…"}}</c>, <c>{"detail": "…"}</c> and, for
    /// wrong fields, <c>{"detail": [{"loc": […], "msg": "…", "type": "…"}]}</c>.
    /// </summary>
    public string? ErrorCode => Body?["detail"] switch
    {
        JsonObject detail => TextOf(detail["code"]) ?? TextOf(detail["status"]) ?? TextOf(detail["type"]),
        JsonArray { Count: > 0 } list => TextOf((list[0] as JsonObject)?["type"]),
        _ => null,
    };

    public static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}

/// <summary>Calls ElevenLabs' REST API.</summary>
internal sealed class ElevenLabsClient(IHttpClientFactory clients, IOptions<ElevenLabsOptions> options, TimeProvider time)
{
    public const string ClientName = "elevenlabs";

    private const string KeyHeader = "xi-api-key";

    /// <summary>Starts a call. The request has no idempotency key, so it is never repeated here.</summary>
    public Task<ElevenLabsAnswer> StartCallAsync(JsonObject request, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/v1/convai/twilio/outbound-call", request, cancellationToken);

    /// <summary>Lists the conversations of an agent that began after a time, newest first.</summary>
    public Task<ElevenLabsAnswer> ListConversationsAsync(string agentId, DateTimeOffset since, string? cursor, CancellationToken cancellationToken) =>
        GetAsync(
            $"/v1/convai/conversations?agent_id={Uri.EscapeDataString(agentId)}&call_start_after_unix={since.ToUnixTimeSeconds()}&page_size=100"
            + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}"),
            cancellationToken);

    public Task<ElevenLabsAnswer> GetConversationAsync(string id, CancellationToken cancellationToken) =>
        GetAsync($"/v1/convai/conversations/{Uri.EscapeDataString(id)}", cancellationToken);

    public Task<ElevenLabsAnswer> GetAgentAsync(string id, CancellationToken cancellationToken) =>
        GetAsync($"/v1/convai/agents/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Lists the telephone numbers of the workspace.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListPhoneNumbersAsync(CancellationToken cancellationToken)
    {
        var (status, body) = await SendForJsonAsync(HttpMethod.Get, "/v1/convai/phone-numbers", null, cancellationToken);
        return status == HttpStatusCode.OK && body is JsonArray numbers
            ? [.. numbers.OfType<JsonObject>()]
            : throw new ProviderLookupException($"ElevenLabs answered with the status {(int)status}.");
    }

    private Task<ElevenLabsAnswer> GetAsync(string target, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, target, null, cancellationToken);

    private async Task<ElevenLabsAnswer> SendAsync(HttpMethod method, string target, JsonObject? body, CancellationToken cancellationToken)
    {
        var (status, json) = await SendForJsonAsync(method, target, body, cancellationToken);
        return new ElevenLabsAnswer(status, json as JsonObject);
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendForJsonAsync(
        HttpMethod method,
        string target,
        JsonObject? body,
        CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ClientName);
        using var request = new HttpRequestMessage(method, new Uri($"{options.Value.ApiBaseUrl.AbsoluteUri.TrimEnd('/')}{target}"));
        request.Headers.Add(KeyHeader, options.Value.ApiKey);
        request.Content = body is null ? null : JsonContent.Create(body, options: OutboundJson.Options);
        using var response = await client.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            throw new ProviderBusyException(ProviderBusyException.ReadRetryAfter(response, time.GetUtcNow()));
        }

        try
        {
            return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken));
        }
        catch (JsonException)
        {
            return (response.StatusCode, null);
        }
    }
}
