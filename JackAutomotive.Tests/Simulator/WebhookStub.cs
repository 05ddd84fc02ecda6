using System.Collections.Concurrent;
using JackAutomotive.Tests.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Simulator;

/// <summary>One received request with its unchanged body.</summary>
internal sealed record ReceivedRequest(string Method, string Url, IHeaderDictionary Headers, byte[] Body)
{
    /// <summary>Returns the value of a header that must occur exactly once.</summary>
    public string Header(string name) => Assert.Single(Headers[name])!;
}

/// <summary>A stand-in for webhook-api. The stub stores every request and returns a given answer.</summary>
internal sealed class WebhookStub : IAsyncDisposable
{
    private readonly RunningApp _app;
    private readonly ConcurrentQueue<ReceivedRequest> _received;

    private WebhookStub(RunningApp app, ConcurrentQueue<ReceivedRequest> received) => (_app, _received) = (app, received);

    /// <summary>The base URL, such as <c>http://127.0.0.1:40123</c>.</summary>
    public string Address => _app.Address.GetLeftPart(UriPartial.Authority);

    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    /// <summary>Starts a stub that returns <paramref name="answer"/>, or 200 with an empty body by default.</summary>
    public static async Task<WebhookStub> StartAsync(Func<IResult>? answer = null)
    {
        var received = new ConcurrentQueue<ReceivedRequest>();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapFallback(async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            var headers = new HeaderDictionary(request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            received.Enqueue(new ReceivedRequest(request.Method, request.GetEncodedUrl(), headers, body.ToArray()));
            return answer?.Invoke() ?? Results.Ok();
        });
        return new WebhookStub(await RunningApp.StartAsync(app), received);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
