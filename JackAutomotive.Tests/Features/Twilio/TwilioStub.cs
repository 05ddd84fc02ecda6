using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Twilio.Clients;
using Twilio.Http;

namespace JackAutomotive.Tests.Features.Twilio;

/// <summary>A web server in place of api.twilio.com, and a client that takes it for that.</summary>
internal sealed class TwilioStub : IAsyncDisposable
{
    public const string AccountSid = "AC00000000000000000000000000000001";
    public const string AuthToken = "stub-token";

    private readonly WebApplication _app;
    private readonly System.Net.Http.HttpClient _http;

    private TwilioStub(WebApplication app, TimeSpan timeout)
    {
        _app = app;
        _http = new(new ToStub(new Uri(app.Urls.Single()))) { Timeout = timeout };
        Client = new TwilioRestClient(AccountSid, AuthToken, httpClient: new SystemNetHttpClient(_http));
    }

    public TwilioRestClient Client { get; }

    /// <summary>Every request so far, in order.</summary>
    public List<Seen> Requests { get; } = [];

    public static async Task<TwilioStub> StartAsync(Func<Seen, HttpContext, Task> answer, TimeSpan? timeout = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        TwilioStub? stub = null;
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var seen = new Seen(context.Request, await reader.ReadToEndAsync(context.RequestAborted));
            lock (stub!.Requests)
            {
                stub.Requests.Add(seen);
            }

            await answer(seen, context);
        });
        await app.StartAsync();
        return stub = new TwilioStub(app, timeout ?? TimeSpan.FromSeconds(30));
    }

    /// <summary>Answers every request with the same JSON.</summary>
    public static Task<TwilioStub> StartAsync(int status, string body, string contentType = "application/json") =>
        StartAsync((_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(body);
        });

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>A request as it came over the wire.</summary>
    internal sealed record Seen(string Method, string Target, Dictionary<string, string> Headers, string Body)
    {
        public Seen(HttpRequest request, string body)
            : this(
                request.Method,
                request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget,
                request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body)
        {
        }
    }

    private sealed class ToStub(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("https://api.twilio.com", request.RequestUri!.GetLeftPart(UriPartial.Authority));
            request.RequestUri = new Uri(address, request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
