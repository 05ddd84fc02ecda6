using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Twilio.Clients;

namespace JackAutomotive.Tests.Simulator;

/// <summary>The simulator's APIs as the product uses them: the genuine Twilio package, and plain requests.</summary>
internal sealed class SimulatedProviders : IAsyncDisposable
{
    public const string Customer = "+16145550123";
    public const string AgentId = "agent_01jwc5v1nafjwv7zw4vtz1050m";
    public const string PhoneNumberId = "phnum_01jwc5x2m5ecdtbw8ae2f4r3qh";

    private static readonly string s_messages = $"/2010-04-01/Accounts/{RunningSimulator.AccountSid}/Messages.json";

    private readonly RunningSimulator _simulator;
    private readonly HttpClient _twilioHttp;

    private SimulatedProviders(WebhookStub stub, RunningSimulator simulator)
    {
        (Webhooks, _simulator) = (stub, simulator);
        var address = simulator.Listen();
        Http = new HttpClient { BaseAddress = address };
        _twilioHttp = new HttpClient(new SimulatorHandler(address));
        Twilio = CreateTwilioClient(RunningSimulator.AccountSid, RunningSimulator.AuthToken);
    }

    /// <summary>Receives the webhooks of both providers.</summary>
    public WebhookStub Webhooks { get; }

    public HttpClient Http { get; }

    public TwilioRestClient Twilio { get; }

    /// <summary>The status callbacks that the stub has received, as status and, if there is one, error code.</summary>
    public IReadOnlyList<string> TextStatuses => [.. Forms("/sms/status").Select(form =>
        form.TryGetValue("ErrorCode", out var code) ? $"{form["MessageStatus"]} {code}" : form["MessageStatus"])];

    /// <summary>The statuses of calls that the stub has received.</summary>
    public IReadOnlyList<string> CallStatuses => [.. Forms("/voice/status").Select(form => form["CallStatus"])];

    /// <summary>The post-call webhooks that the stub has received.</summary>
    public IReadOnlyList<JsonNode> PostCalls =>
        [.. Webhooks.Received.Where(request => request.Url.EndsWith("/post-call", StringComparison.Ordinal))
            .Select(request => JsonNode.Parse(request.Body)!)];

    public static async Task<SimulatedProviders> StartAsync(params (string Name, string? Value)[] settings)
    {
        var stub = await WebhookStub.StartAsync();
        return new SimulatedProviders(stub, new RunningSimulator(stub.Address, settings));
    }

    /// <summary>Returns the fields of every form that the stub has received at a path.</summary>
    public IReadOnlyList<Dictionary<string, string>> Forms(string path) =>
        [.. Webhooks.Received.Where(request => new Uri(request.Url).AbsolutePath.EndsWith(path, StringComparison.Ordinal))
            .Select(request => Parse(request.Body))];

    public static Dictionary<string, string> Parse(byte[] body) => QueryHelpers
        .ParseNullableQuery(Encoding.UTF8.GetString(body))!
        .ToDictionary(field => field.Key, field => field.Value.ToString());

    public TwilioRestClient CreateTwilioClient(string user, string password) =>
        new(user, password, RunningSimulator.AccountSid, httpClient: new Twilio.Http.SystemNetHttpClient(_twilioHttp));

    /// <summary>Sends a form to Twilio's messages, with a correct text unless <paramref name="changes"/> change it; null removes a field.</summary>
    public Task<HttpResponseMessage> SendTextAsync(params (string Name, string? Value)[] changes) => PostFormAsync(
        s_messages,
        [("To", Customer), ("From", RunningSimulator.PhoneNumber), ("Body", "Hello"), ("StatusCallback", $"{Webhooks.Address}/sms/status")],
        changes);

    /// <summary>Sends a form to Twilio's calls, with a correct call unless <paramref name="changes"/> change it; null removes a field.</summary>
    public Task<HttpResponseMessage> StartCallAsync(params (string Name, string? Value)[] changes) => PostFormAsync(
        s_messages.Replace("Messages", "Calls", StringComparison.Ordinal),
        [
            ("To", Customer), ("From", RunningSimulator.PhoneNumber), ("Url", "https://example.com/twiml"),
            ("StatusCallback", $"{Webhooks.Address}/voice/status"),
        ],
        changes);

    /// <summary>Lets the voice agent call, with a correct request unless <paramref name="change"/> changes it.</summary>
    public async Task<HttpResponseMessage> CallAsync(Action<JsonObject>? change = null)
    {
        var body = new JsonObject
        {
            ["agent_id"] = AgentId,
            ["agent_phone_number_id"] = PhoneNumberId,
            ["to_number"] = Customer,
        };
        change?.Invoke(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/convai/twilio/outbound-call")
        {
            Headers = { { "xi-api-key", RunningSimulator.ApiKey } },
            Content = JsonContent.Create(body),
        };
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Returns the JSON of a lookup at either API.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers = { { "xi-api-key", RunningSimulator.ApiKey } },
        };
        request.Headers.Authorization = BasicCredentials(RunningSimulator.AccountSid, RunningSimulator.AuthToken);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await ReadAsync(answer);
    }

    /// <summary>Posts a command to the simulator.</summary>
    public async Task<JsonElement> CommandAsync(string path, object body)
    {
        using var answer = await Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await ReadAsync(answer);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;

    public static AuthenticationHeaderValue BasicCredentials(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _twilioHttp.Dispose();
        await _simulator.DisposeAsync();
        await Webhooks.DisposeAsync();
    }

    private async Task<HttpResponseMessage> PostFormAsync(
        string path, IEnumerable<(string Name, string? Value)> fields, (string Name, string? Value)[] changes)
    {
        var form = fields.Where(field => !changes.Any(change => change.Name == field.Name)).Concat(changes)
            .Where(field => field.Value is not null)
            .Select(field => KeyValuePair.Create(field.Name, field.Value));
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = BasicCredentials(RunningSimulator.AccountSid, RunningSimulator.AuthToken);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends the requests of the Twilio package to the simulator.</summary>
    private sealed class SimulatorHandler(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
