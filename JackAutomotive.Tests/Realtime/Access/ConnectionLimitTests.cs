using System.Net;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>Limits on the streams of an instance: in total, per API key, per viewer, and on the rate of connects.</summary>
public sealed class ConnectionLimitTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_above_the_instance_limit_is_refused_with_503_until_another_stream_ends()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnections", "2"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var first = await instance.WatchAsync(lead);
        await using (var second = await instance.WatchAsync(lead))
        {
            await AssertRefusedAsync(instance, lead, RealtimeFixture.Key, HttpStatusCode.ServiceUnavailable, "too-many-streams", 5, 15);
            Assert.Equal(1, measured.Sum("jackautomotive.realtime.connections.refused/limit"));
        }

        await UntilCountedAsync(instance, 1);
        await using var third = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task A_key_at_its_stream_limit_is_refused_with_429_and_another_key_is_not()
    {
        await fixture.AddNamedKeyAsync("key-of-another", "another", "read");
        await using var instance = await fixture.StartInstanceAsync(("MaxConnectionsPerKey", "2"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var own = await instance.WatchAsync(lead);
        await using (var byToken = await SseClient.OpenAsync(instance, lead, key: Token(key: "test")))
        {
            var type = "too-many-streams-of-key";
            await AssertRefusedAsync(instance, lead, RealtimeFixture.Key, HttpStatusCode.TooManyRequests, type, 5, 15);
            await AssertRefusedAsync(instance, lead, Token(name: "Bob", key: "test"), HttpStatusCode.TooManyRequests, type, 5, 15);
            Assert.Equal(2, measured.Sum("jackautomotive.realtime.connections.refused/key-limit"));
            await using var another = await SseClient.OpenAsync(instance, lead, key: "key-of-another");
        }

        await UntilCountedAsync(instance, 1);
        await using var again = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task A_viewer_at_the_stream_limit_is_refused_with_429_and_another_viewer_is_not()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnectionsPerViewer", "1"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using (var ann = await SseClient.OpenAsync(instance, lead, key: Token(name: "Ann")))
        {
            var type = "too-many-streams-of-viewer";
            await AssertRefusedAsync(instance, lead, Token(name: "Ann"), HttpStatusCode.TooManyRequests, type, 5, 15);
            Assert.Equal(1, measured.Sum("jackautomotive.realtime.connections.refused/viewer-limit"));
            await using var bob = await SseClient.OpenAsync(instance, lead, key: Token(name: "Bob"));
            await using var annOfAnother = await SseClient.OpenAsync(instance, lead, key: Token(name: "Ann", key: "another"));

            // A token with the name of its key names no viewer, so the limit per viewer does not apply.
            await using var first = await SseClient.OpenAsync(instance, lead, key: Token(name: "console"));
            await using var second = await SseClient.OpenAsync(instance, lead, key: Token(name: "console"));
        }

        await UntilCountedAsync(instance, 0);
        await using var again = await SseClient.OpenAsync(instance, lead, key: Token(name: "Ann"));
    }

    [Fact]
    public async Task Clients_that_are_refused_together_get_different_Retry_After_times()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnections", "1"));
        var lead = await fixture.AddLeadAsync();
        await using var open = await instance.WatchAsync(lead);
        using var client = instance.NewClient();
        var waits = new HashSet<TimeSpan?>();
        for (var i = 0; i < 50; i++)
        {
            using var answer = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), Cancellation);
            waits.Add(answer.Headers.RetryAfter!.Delta);
        }

        Assert.InRange(waits.Count, 3, 11);
    }

    [Fact]
    public async Task A_request_that_is_refused_or_fails_or_ends_does_not_count_towards_the_limit()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnectionsPerKey", "1"));
        var lead = await fixture.AddLeadAsync();
        var open = await instance.WatchAsync(lead);
        using var client = instance.NewClient();
        using var anonymous = instance.NewClient(null);
        foreach (var address in new[] { $"{lead}", $"{Guid.NewGuid()}", "nonsense", $"{lead}?lastEventId=x", $"{lead}{Query("no token")}" })
        {
            using var withKey = await client.GetAsync(new Uri($"/api/stream/conversation/{address}", UriKind.Relative), Cancellation);
            using var withoutKey = await anonymous.GetAsync(new Uri($"/api/stream/conversation/{address}", UriKind.Relative), Cancellation);
            Assert.NotEqual(HttpStatusCode.OK, withKey.StatusCode);
            Assert.NotEqual(HttpStatusCode.OK, withoutKey.StatusCode);
        }

        await UntilCountedAsync(instance, 1);
        await open.DisposeAsync();
        await UntilCountedAsync(instance, 0);
        await using var again = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task The_health_endpoint_answers_at_the_stream_limit()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnections", "1"));
        await using var open = await instance.WatchAsync(await fixture.AddLeadAsync());
        using var client = instance.NewClient(null);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_burst_of_connects_is_accepted_and_a_sustained_excess_is_refused_with_503()
    {
        await using var instance = await fixture.StartInstanceAsync(("ConnectBurst", "30"), ("ConnectsPerSecond", "1"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        var burst = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => instance.WatchAsync(lead)));

        // After the burst, at most one connect per second succeeds.
        using var client = instance.NewClient();
        HttpResponseMessage answer;
        do
        {
            answer = await client.GetAsync(
                new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        }
        while (answer.StatusCode == HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 5);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:connects-too-fast");
        Assert.Equal(1, measured.Sum("jackautomotive.realtime.connections.refused/connect-rate"));
        Assert.All(burst, stream => Assert.False(stream.Ended.IsCompleted));
        foreach (var stream in burst)
        {
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Strangers_take_nothing_from_the_limits_of_viewers()
    {
        await using var instance = await fixture.StartInstanceAsync(("ConnectBurst", "2"), ("ConnectsPerSecond", "1"), ("MaxConnections", "2"));
        var lead = await fixture.AddLeadAsync();
        using var anonymous = instance.NewClient(null);
        using var stranger = instance.NewClient("a-key-that-does-not-exist");
        foreach (var path in new[] { $"conversation/{lead}", "conversations", $"conversation/{lead}{Query("no token")}" })
        {
            for (var i = 0; i < 5; i++)
            {
                using var without = await anonymous.GetAsync(new Uri($"/api/stream/{path}", UriKind.Relative), Cancellation);
                using var wrong = await stranger.GetAsync(new Uri($"/api/stream/{path}", UriKind.Relative), Cancellation);
                Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
                Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            }
        }

        await using var first = await instance.WatchAsync(lead);
        await using var second = await instance.WatchManyAsync();
    }

    [Fact]
    public async Task A_key_beyond_its_own_limit_takes_nothing_from_the_connect_rate_that_all_keys_share()
    {
        await fixture.AddNamedKeyAsync("key-of-a-patient-owner", "patient", "read");
        await using var instance = await fixture.StartInstanceAsync(
            ("ConnectBurst", "2"), ("ConnectsPerSecond", "1"), ("MaxConnectionsPerKey", "1"));
        var lead = await fixture.AddLeadAsync();
        await using var open = await instance.WatchAsync(lead);
        for (var i = 0; i < 10; i++)
        {
            await AssertRefusedAsync(
                instance, lead, RealtimeFixture.Key, HttpStatusCode.TooManyRequests, "too-many-streams-of-key", 5, 15);
        }

        await using var other = await SseClient.OpenAsync(instance, lead, key: "key-of-a-patient-owner");
    }

    [Fact]
    public void The_default_limits_admit_exactly_ten_thousand_clients_of_one_key_at_once()
    {
        using var limits = NewLimits(new ConnectionLimitOptions());
        var viewer = new Viewer("console", "console", null, null);

        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal(ConnectionRefusal.None, limits.CountOrRefuse(viewer));
        }

        Assert.Equal(ConnectionRefusal.KeyLimit, limits.CountOrRefuse(viewer));
    }

    [Theory]
    [InlineData("MaxConnections")]
    [InlineData("MaxConnectionsPerKey")]
    [InlineData("MaxConnectionsPerViewer")]
    [InlineData("ConnectsPerSecond")]
    [InlineData("ConnectBurst")]
    public void A_limit_of_zero_stops_the_start_with_an_error_that_names_the_setting(string setting) =>
        Assert.Contains(setting, fixture.StartAndFail((setting, "0")), StringComparison.Ordinal);

    /// <summary>After all viewers have left, no viewer is remembered.</summary>
    [Property]
    public bool A_viewer_is_admitted_exactly_while_the_limits_allow_it_whatever_the_order_of_entries_and_departures(byte[] steps)
    {
        using var limits = NewLimits(new ConnectionLimitOptions { MaxConnectionsPerKey = 3, MaxConnectionsPerViewer = 2 });
        Viewer[] viewers = [.. from key in (string[])["a", "b"] from name in (string[])["a", "b", "c"] select new Viewer(key, name, null, null)];
        var admitted = new List<Viewer>();
        foreach (var step in steps)
        {
            var viewer = viewers[step % viewers.Length];
            if (step >= 128 && admitted.Remove(viewer))
            {
                limits.Release(viewer);
                continue;
            }

            var expected = admitted.Count(other => other.Key == viewer.Key) >= 3 ? ConnectionRefusal.KeyLimit
                : viewer.IsNamed && admitted.Count(viewer.Equals) >= 2 ? ConnectionRefusal.ViewerLimit
                : ConnectionRefusal.None;
            if (limits.CountOrRefuse(viewer) != expected)
            {
                return false;
            }

            if (expected == ConnectionRefusal.None)
            {
                admitted.Add(viewer);
            }
        }

        admitted.ForEach(limits.Release);
        return limits.CountedOwners == 0 && limits.Count == 0;
    }

    private static ConnectionLimits NewLimits(ConnectionLimitOptions options) => new(Options.Create(options));

    private static Task UntilCountedAsync(RealtimeInstance instance, int count) =>
        Wait.UntilAsync(() => instance.Services.GetRequiredService<ConnectionLimits>().Count == count, $"{count} streams to be counted");

    private static async Task AssertRefusedAsync(
        RealtimeInstance instance, LeadId lead, string key, HttpStatusCode status, string type, int minSeconds, int maxSeconds)
    {
        using var client = instance.NewClient(key);
        using var answer = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), Cancellation);
        Assert.Equal(status, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, minSeconds, maxSeconds);
        await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:{type}");
    }
}
