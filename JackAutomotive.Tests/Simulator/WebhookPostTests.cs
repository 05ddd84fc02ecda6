using System.Net;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Simulator;

public sealed class WebhookPostTests
{
    [Fact]
    public async Task At_most_MaxConcurrentPosts_requests_are_in_flight()
    {
        using var server = new HoldingServer();
        using var http = new HttpClient(server) { BaseAddress = new Uri("http://held.example") };
        using var post = new WebhookPost(
            new SentLog(), TimeProvider.System, Options.Create(new PostingOptions { MaxConcurrentPosts = 3 }), NullLogger<WebhookPost>.Instance);

        var sent = Enumerable.Range(0, 10).Select(i => post.SendAsync(
            new Webhook("twilio", "text", $"SM{i}", "+12025550123", [], http, _ => new HttpRequestMessage(HttpMethod.Post, "/")),
            flaw: null, TestContext.Current.CancellationToken)).ToList();
        Assert.Equal(3, server.InFlight);
        server.Release();
        var deliveries = await Task.WhenAll(sent);

        Assert.All(deliveries, delivery => Assert.True(delivery.Accepted));
        Assert.Equal(3, server.MaxInFlight);
    }

    /// <summary>Holds every request until <see cref="Release"/> is called.</summary>
    private sealed class HoldingServer : HttpMessageHandler
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _lock = new();

        public int InFlight { get; private set; }

        public int MaxInFlight { get; private set; }

        public void Release() => _released.SetResult();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Count(+1);
            await _released.Task;
            Count(-1);
            return new HttpResponseMessage(HttpStatusCode.OK);
        }

        private void Count(int change)
        {
            lock (_lock)
            {
                InFlight += change;
                MaxInFlight = Math.Max(MaxInFlight, InFlight);
            }
        }
    }
}
