using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>A stand-in for an OpenAI-compatible endpoint, on Kestrel.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModelServer(WebApplication app) => _app = app;

    /// <summary>Returns the answer of the model for a request.</summary>
    public Func<JsonNode, CancellationToken, Task<string>> Answer { get; set; } = (_, _) => Task.FromResult("{}");

    /// <summary>The status of the endpoint's answers.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>The number of requests.</summary>
    public int Requests { get; private set; }

    /// <summary>The value of the header Authorization of the last request.</summary>
    public string? Authorization { get; private set; }

    /// <summary>The settings of an instance that uses the model.</summary>
    public (string Name, string? Value)[] Settings =>
        [("Analysis:Endpoint", $"{_app.Urls.First()}/v1"), ("Analysis:Model", "stand-in"), ("Analysis:ApiKey", "the-key-of-the-model")];

    public static async Task<ModelServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ModelServer(app);
        app.MapPost("/v1/chat/completions", server.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        Requests++;
        Authorization = context.Request.Headers.Authorization;
        var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        var content = await Answer(request, context.RequestAborted);
        var completion = Results.Json(
            new
            {
                id = "chatcmpl-1",
                @object = "chat.completion",
                created = 1_793_000_000,
                model = "stand-in",
                choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
                usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
            },
            statusCode: Status);
        await completion.ExecuteAsync(context);
    }
}
