extern alias realtime;

using System.Net;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using realtime::JackAutomotive.Contract;
using realtime::JackAutomotive.Realtime.Access;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime;

/// <summary>How many streams an instance takes: in all, of one API key, of one viewer, and at once.</summary>
public sealed class ConnectionLimitTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_stream_too_many_is_answered_with_503_until_another_ends()
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

        await UntilHeldAsync(instance, 1);
        await using var third = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task A_key_with_as_many_streams_as_it_may_is_answered_with_429_and_another_one_is_not()
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

        await UntilHeldAsync(instance, 1);
        await using var again = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task A_viewer_with_as_many_streams_as_a_person_may_is_answered_with_429_and_another_one_is_not()
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

            // Nobody is named: all the viewers of that program.
            await using var one = await SseClient.OpenAsync(instance, lead, key: Token(name: "console"));
            await using var two = await SseClient.OpenAsync(instance, lead, key: Token(name: "console"));
        }

        await UntilHeldAsync(instance, 0);
        await using var again = await SseClient.OpenAsync(instance, lead, key: Token(name: "Ann"));
    }

    [Fact]
    public async Task Those_who_are_sent_away_together_are_not_told_to_come_back_together()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnections", "1"));
        var lead = await fixture.AddLeadAsync();
        await using var open = await instance.WatchAsync(lead);
        using var client = instance.NewClient();
        var waits = new HashSet<TimeSpan?>();
        for (var i = 0; i < 50; i++)
        {
            using var answer = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), Cancelled);
            waits.Add(answer.Headers.RetryAfter!.Delta);
        }

        Assert.InRange(waits.Count, 3, 11);
    }

    [Fact]
    public async Task What_is_refused_or_fails_or_ends_is_not_held()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnectionsPerKey", "1"));
        var lead = await fixture.AddLeadAsync();
        var open = await instance.WatchAsync(lead);
        using var client = instance.NewClient();
        using var anonymous = instance.NewClient(null);
        foreach (var address in new[] { $"{lead}", $"{Guid.NewGuid()}", "nonsense", $"{lead}?lastEventId=x", $"{lead}{Query("no token")}" })
        {
            using var one = await client.GetAsync(new Uri($"/api/stream/conversation/{address}", UriKind.Relative), Cancelled);
            using var two = await anonymous.GetAsync(new Uri($"/api/stream/conversation/{address}", UriKind.Relative), Cancelled);
            Assert.NotEqual(HttpStatusCode.OK, one.StatusCode);
            Assert.NotEqual(HttpStatusCode.OK, two.StatusCode);
        }

        await UntilHeldAsync(instance, 1);
        await open.DisposeAsync();
        await UntilHeldAsync(instance, 0);
        await using var again = await instance.WatchAsync(lead);
    }

    [Fact]
    public async Task Health_is_answered_however_many_streams_there_are()
    {
        await using var instance = await fixture.StartInstanceAsync(("MaxConnections", "1"));
        await using var open = await instance.WatchAsync(await fixture.AddLeadAsync());
        using var client = instance.NewClient(null);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health", UriKind.Relative), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_burst_is_taken_and_what_comes_too_fast_for_too_long_is_answered_with_503()
    {
        await using var instance = await fixture.StartInstanceAsync(("ConnectBurst", "30"), ("ConnectsPerSecond", "1"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        var burst = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => instance.WatchAsync(lead)));

        // Whoever goes on gets through once a second at most.
        using var client = instance.NewClient();
        HttpResponseMessage answer;
        do
        {
            answer = await client.GetAsync(
                new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancelled);
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
    public void By_default_five_thousand_clients_come_back_at_once_and_ten_thousand_watch_with_one_key()
    {
        using var limits = Limits(new ConnectionLimitOptions());
        var viewer = new Viewer("console", "console", null, null);

        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal(ConnectionRefusal.None, limits.TryEnter());
            Assert.Equal(ConnectionRefusal.None, limits.TryEnter(viewer));
        }

        Assert.Equal(ConnectionRefusal.OfKey, limits.TryEnter(viewer));
    }

    [Theory]
    [InlineData("MaxConnections")]
    [InlineData("MaxConnectionsPerKey")]
    [InlineData("MaxConnectionsPerViewer")]
    [InlineData("ConnectsPerSecond")]
    [InlineData("ConnectBurst")]
    public void A_limit_of_nothing_stops_the_start_and_is_named(string setting)
    {
        var error = Assert.ThrowsAny<Exception>(() => fixture.StartInstance(_ => { }, (setting, "0")));

        Assert.Contains(setting, Assert.IsType<OptionsValidationException>(error.GetBaseException()).Message, StringComparison.Ordinal);
    }

    /// <summary>Viewers come and go in any order: as many are in as may be, never more, and in the end nobody is remembered.</summary>
    [Property]
    public bool Limits_hold_and_places_are_given_back_whatever_the_order(byte[] steps)
    {
        using var limits = Limits(new ConnectionLimitOptions { MaxConnectionsPerKey = 3, MaxConnectionsPerViewer = 2 });
        Viewer[] viewers = [.. from key in (string[])["a", "b"] from name in (string[])["a", "b", "c"] select new Viewer(key, name, null, null)];
        var held = new List<Viewer>();
        foreach (var step in steps)
        {
            var viewer = viewers[step % viewers.Length];
            if (step >= 128 && held.Remove(viewer))
            {
                limits.Leave(viewer);
                continue;
            }

            var expected = held.Count(other => other.Key == viewer.Key) >= 3 ? ConnectionRefusal.OfKey
                : viewer.IsNamed && held.Count(viewer.Equals) >= 2 ? ConnectionRefusal.OfViewer
                : ConnectionRefusal.None;
            if (limits.TryEnter(viewer) != expected)
            {
                return false;
            }

            if (expected == ConnectionRefusal.None)
            {
                held.Add(viewer);
            }
        }

        held.ForEach(limits.Leave);
        return limits.Remembered == 0;
    }

    private static ConnectionLimits Limits(ConnectionLimitOptions options) => new(Options.Create(options));

    private static Task UntilHeldAsync(RealtimeInstance instance, int count) =>
        Wait.UntilAsync(() => instance.Services.GetRequiredService<ConnectionLimits>().Count == count, $"{count} streams to be held");

    private static async Task AssertRefusedAsync(
        RealtimeInstance instance, LeadId lead, string key, HttpStatusCode status, string type, int least, int most)
    {
        using var client = instance.NewClient(key);
        using var answer = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), Cancelled);
        Assert.Equal(status, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, least, most);
        await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:{type}");
    }
}
