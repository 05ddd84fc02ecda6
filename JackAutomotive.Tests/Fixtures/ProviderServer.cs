using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>What a provider does with one request.</summary>
internal enum ProviderFault
{
    None,

    /// <summary>The provider acts and answers late.</summary>
    Latency,

    /// <summary>429 with Retry-After, without acting.</summary>
    Busy,

    /// <summary>500 without acting.</summary>
    ErrorBefore,

    /// <summary>The provider acts, then answers 500.</summary>
    ErrorAfter,

    /// <summary>The provider acts, then cuts the connection.</summary>
    DropAfter,

    /// <summary>The provider cuts the connection without acting.</summary>
    DropBefore,
}

/// <summary>A text or a call that the provider has accepted: one entry of its ledger.</summary>
internal sealed record ProviderEntry(string Id, string? CallSid, string To, string? From, string Content, DateTimeOffset At, IReadOnlyDictionary<string, string> Fields);

/// <summary>
/// A stand-in for the REST APIs of Twilio and ElevenLabs, on Kestrel, with faults and a ledger. It is independent of the product's clients.
/// </summary>
internal sealed class ProviderServer : IAsyncDisposable
{
    public const string Account = "AC00000000000000000000000000000001";
    public const string Number = "+12025550199";
    public const string Agent = "agent_test";
    public const string NumberId = "phnum_test";
    public const string ApiKey = "xi-test-key";

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<ProviderEntry> _texts = new();
    private readonly ConcurrentQueue<ProviderEntry> _calls = new();
    private readonly ConcurrentQueue<ProviderFault> _faults = new();

    private ProviderServer(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    /// <summary>The texts that Twilio has accepted, in order.</summary>
    public IReadOnlyList<ProviderEntry> Texts => [.. _texts];

    /// <summary>The calls that ElevenLabs has started, in order.</summary>
    public IReadOnlyList<ProviderEntry> Calls => [.. _calls];

    /// <summary>The sends that arrived, accepted or not.</summary>
    public int Requests;

    /// <summary>The look-ups that arrived.</summary>
    public int Lookups;

    /// <summary>The number of requests for agents and telephone numbers.</summary>
    public int DirectoryRequests;

    /// <summary>Chooses the fault of a send if none is queued.</summary>
    public Func<ProviderFault> ChooseFault { get; set; } = () => ProviderFault.None;

    /// <summary>If not null, texts are refused with this status and Twilio code, and no effect.</summary>
    public (int Status, int Code)? Refusal { get; set; }

    /// <summary>If not null, calls are refused with this status, and no effect.</summary>
    public int? CallRefusal { get; set; }

    /// <summary>If true, look-ups are answered 503.</summary>
    public bool LookupsFail { get; set; }

    /// <summary>Runs after the provider has acted and before it answers.</summary>
    public Func<ProviderEntry, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>The answer of outbound-call for an accepted call.</summary>
    public Func<ProviderEntry, JsonObject> CallAnswer { get; set; } = entry => new JsonObject
    {
        ["success"] = true,
        ["message"] = "ok",
        ["conversation_id"] = entry.Id,
        ["callSid"] = entry.CallSid,
    };

    /// <summary>Whether a call exists only at Twilio, and not in the list of conversations.</summary>
    public bool ConversationsAreHidden { get; set; }

    /// <summary>The latency of <see cref="ProviderFault.Latency"/>, or of every request if no fault is set.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The settings of an instance that sends here.</summary>
    public (string Name, string? Value)[] Settings =>
    [
        ("TWILIO_API_BASE_URL", _app.Urls.First()),
        ("ELEVENLABS_API_BASE_URL", _app.Urls.First()),
        ("ELEVENLABS_API_KEY", ApiKey),
        ("Outbound:SimulatedAccountSid", Account),
        ("Outbound:SimulatedPhoneNumber", Number),
        ("Outbound:SimulatedAgentId", Agent),
        ("Outbound:TextsPerSecond", "0"),
        ("Outbound:CallsPerSecond", "0"),
    ];

    public static async Task<ProviderServer> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ProviderServer(app, time);
        app.MapPost("/2010-04-01/Accounts/{account}/Messages.json", server.SendTextAsync);
        app.MapGet("/2010-04-01/Accounts/{account}/Messages.json", server.ListTexts);
        app.MapGet("/2010-04-01/Accounts/{account}/Calls.json", server.ListCalls);
        app.MapPost("/v1/convai/twilio/outbound-call", server.StartCallAsync);
        app.MapGet("/v1/convai/conversations", server.ListConversations);
        app.MapGet("/v1/convai/conversations/{id}", server.GetConversation);
        app.MapGet("/v1/convai/agents/{id}", server.GetAgent);
        app.MapGet("/v1/convai/phone-numbers", server.ListNumbers);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Sets the faults of the next sends, in order.</summary>
    public void Fail(params ProviderFault[] faults)
    {
        foreach (var fault in faults)
        {
            _faults.Enqueue(fault);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task SendTextAsync(HttpContext context, string account)
    {
        Interlocked.Increment(ref Requests);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        Assert.Equal(Account, account);
        Assert.StartsWith("Basic ", context.Request.Headers.Authorization.ToString(), StringComparison.Ordinal);
        if (Refusal is { } refusal)
        {
            await WriteAsync(context, refusal.Status, new JsonObject { ["code"] = refusal.Code, ["message"] = "refused", ["status"] = refusal.Status });
            return;
        }

        var fields = form.ToDictionary(field => field.Key, field => field.Value.ToString());
        var entry = new ProviderEntry($"SM{Guid.NewGuid():N}", null, form["To"]!, form["From"], form["Body"]!, _time.GetUtcNow(), fields);
        await ActAsync(context, _texts, entry, () => WriteAsync(context, StatusCodes.Status201Created, ToMessage(entry)));
    }

    private async Task StartCallAsync(HttpContext context)
    {
        Interlocked.Increment(ref Requests);
        var json = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        if (context.Request.Headers["xi-api-key"] != ApiKey)
        {
            await WriteAsync(context, 401, new JsonObject { ["detail"] = new JsonObject { ["status"] = "invalid_api_key" } });
            return;
        }

        if (CallRefusal is { } status)
        {
            await WriteAsync(context, status, new JsonObject { ["success"] = false, ["message"] = "refused" });
            return;
        }

        var data = json["conversation_initiation_client_data"]!;
        var fields = new Dictionary<string, string>
        {
            ["agent_id"] = (string)json["agent_id"]!,
            ["agent_phone_number_id"] = (string)json["agent_phone_number_id"]!,
            ["data"] = data.ToJsonString(),
        };
        var entry = new ProviderEntry(
            $"conv_{Guid.NewGuid():N}", $"CA{Guid.NewGuid():N}", (string)json["to_number"]!, Number, (string)data["dynamic_variables"]!["outbound_job"]!, _time.GetUtcNow(), fields);
        await ActAsync(context, _calls, entry, () => WriteAsync(context, StatusCodes.Status200OK, CallAnswer(entry)));
    }

    private async Task ActAsync(HttpContext context, ConcurrentQueue<ProviderEntry> ledger, ProviderEntry entry, Func<Task> answer)
    {
        var fault = _faults.TryDequeue(out var queued) ? queued : ChooseFault();
        switch (fault)
        {
            case ProviderFault.Busy:
                context.Response.Headers.RetryAfter = "1";
                await WriteAsync(context, 429, new JsonObject { ["code"] = 20429, ["message"] = "Too Many Requests", ["status"] = 429 });
                return;
            case ProviderFault.ErrorBefore:
                await WriteAsync(context, 500, new JsonObject { ["code"] = 20500, ["message"] = "Internal Server Error", ["status"] = 500 });
                return;
            case ProviderFault.DropBefore:
                context.Abort();
                return;
        }

        ledger.Enqueue(entry);
        await BeforeAnswer(entry);
        switch (fault)
        {
            case ProviderFault.ErrorAfter:
                await WriteAsync(context, 502, new JsonObject { ["message"] = "Bad Gateway" });
                break;
            case ProviderFault.DropAfter:
                context.Abort();
                break;
            default:
                if (fault == ProviderFault.Latency)
                {
                    await Task.Delay(Latency, CancellationToken.None);
                }

                await answer();
                break;
        }
    }

    private IResult ListTexts(HttpContext context)
    {
        Interlocked.Increment(ref Lookups);
        var to = context.Request.Query["To"].ToString();
        var found = _texts.Where(entry => entry.To == to).OrderByDescending(entry => entry.At).Select(ToMessage);
        return LookupsFail ? Results.StatusCode(503) : Results.Text(Page("messages", found), "application/json");
    }

    private IResult ListCalls(HttpContext context)
    {
        Interlocked.Increment(ref Lookups);
        var to = context.Request.Query["To"].ToString();
        var found = _calls.Where(entry => entry.To == to).OrderByDescending(entry => entry.At).Select(entry => new JsonObject
        {
            ["sid"] = entry.CallSid,
            ["to"] = entry.To,
            ["from"] = entry.From,
            ["status"] = "in-progress",
            ["direction"] = "outbound-api",
            ["date_created"] = Rfc2822(entry.At),
            ["account_sid"] = Account,
        });
        return LookupsFail ? Results.StatusCode(503) : Results.Text(Page("calls", found), "application/json");
    }

    private IResult ListConversations(HttpContext context)
    {
        Interlocked.Increment(ref Lookups);
        var since = DateTimeOffset.FromUnixTimeSeconds(long.Parse(context.Request.Query["call_start_after_unix"]!, CultureInfo.InvariantCulture));
        var found = ConversationsAreHidden ? [] : _calls.Where(entry => entry.At >= since && entry.Fields["agent_id"] == context.Request.Query["agent_id"])
            .Select(entry => new JsonObject { ["conversation_id"] = entry.Id, ["agent_id"] = entry.Fields["agent_id"], ["status"] = "in-progress" });
        return LookupsFail
            ? Results.StatusCode(503)
            : Results.Text(
                new JsonObject { ["conversations"] = new JsonArray([.. found]), ["has_more"] = false, ["next_cursor"] = null }.ToJsonString(),
                "application/json");
    }

    private IResult GetConversation(string id)
    {
        var entry = _calls.FirstOrDefault(call => call.Id == id);
        return entry is null ? Results.NotFound() : Results.Text(
            new JsonObject
            {
                ["conversation_id"] = id,
                ["metadata"] = new JsonObject { ["phone_call"] = new JsonObject { ["call_sid"] = entry.CallSid, ["external_number"] = entry.To } },
                ["conversation_initiation_client_data"] = JsonNode.Parse(entry.Fields["data"]),
            }.ToJsonString(),
            "application/json");
    }

    private IResult GetAgent(string id)
    {
        Interlocked.Increment(ref DirectoryRequests);
        return id == Agent ? Results.Json(new { agent_id = id }) : Results.NotFound();
    }

    private IResult ListNumbers()
    {
        Interlocked.Increment(ref DirectoryRequests);
        return Results.Json(new[]
        {
            new { phone_number_id = "phnum_other", phone_number = "+12025550177" },
            new { phone_number_id = NumberId, phone_number = Number },
        });
    }

    private static JsonObject ToMessage(ProviderEntry entry) => new()
    {
        ["sid"] = entry.Id,
        ["status"] = "queued",
        ["account_sid"] = Account,
        ["from"] = entry.From,
        ["to"] = entry.To,
        ["body"] = entry.Content,
        ["direction"] = "outbound-api",
        ["num_segments"] = "1",
        ["num_media"] = "0",
        ["price"] = null,
        ["error_code"] = null,
        ["error_message"] = null,
        ["date_created"] = Rfc2822(entry.At),
        ["date_sent"] = null,
        ["uri"] = $"/2010-04-01/Accounts/{Account}/Messages/{entry.Id}.json",
        ["api_version"] = "2010-04-01",
    };

    private static string Page(string name, IEnumerable<JsonObject> items) => new JsonObject
    {
        [name] = new JsonArray([.. items]),
        ["page"] = 0,
        ["page_size"] = 50,
        ["first_page_uri"] = "/",
        ["uri"] = "/",
        ["next_page_uri"] = null,
    }.ToJsonString();

    private static string Rfc2822(DateTimeOffset at) => at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static async Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()), CancellationToken.None);
    }
}
