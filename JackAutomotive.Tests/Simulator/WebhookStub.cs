using System.Collections.Concurrent;
using JackAutomotive.Tests.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Simulator;

/// <summary>One request as it arrived, byte for byte.</summary>
internal sealed record ReceivedRequest(string Method, string Url, IHeaderDictionary Headers, byte[] Body)
{
    /// <summary>The value of a header that must be there once.</summary>
    public string Header(string name) => Assert.Single(Headers[name])!;
}

/// <summary>A server that stands where the webhooks arrive: it keeps every request and answers as told.</summary>
internal sealed class WebhookStub : IAsyncDisposable
{
    private readonly RunningApp _app;
    private readonly ConcurrentQueue<ReceivedRequest> _received;

    private WebhookStub(RunningApp app, ConcurrentQueue<ReceivedRequest> received) => (_app, _received) = (app, received);

    /// <summary>Such as <c>http://127.0.0.1:40123</c>.</summary>
    public string Address => _app.Address.GetLeftPart(UriPartial.Authority);

    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    /// <summary>Starts one that answers with <paramref name="answer"/>, or 200 and nothing.</summary>
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
