extern alias simulator;

using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using simulator::JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.Tests.Simulator;

public sealed class WebhookPostTests
{
    [Fact]
    public async Task No_more_than_the_allowed_number_of_posts_are_under_way_at_once()
    {
        using var server = new HeldServer();
        using var http = new HttpClient(server) { BaseAddress = new Uri("http://held.example") };
        using var post = new WebhookPost(
            new SentLog(), TimeProvider.System, Options.Create(new PostingOptions { MaxConcurrentPosts = 3 }), NullLogger<WebhookPost>.Instance);

        var sent = Enumerable.Range(0, 10).Select(i => post.SendAsync(
            new Webhook("twilio", "text", $"SM{i}", "+12025550123", [], http, _ => new HttpRequestMessage(HttpMethod.Post, "/")),
            flaw: null, TestContext.Current.CancellationToken)).ToList();
        Assert.Equal(3, server.UnderWay);
        server.Release();
        var deliveries = await Task.WhenAll(sent);

        Assert.All(deliveries, delivery => Assert.True(delivery.Accepted));
        Assert.Equal(3, server.MostUnderWay);
    }

    /// <summary>Answers nobody until it is released.</summary>
    private sealed class HeldServer : HttpMessageHandler
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _lock = new();

        public int UnderWay { get; private set; }

        public int MostUnderWay { get; private set; }

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
                UnderWay += change;
                MostUnderWay = Math.Max(MostUnderWay, UnderWay);
            }
        }
    }
}
