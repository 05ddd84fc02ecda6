using System.Net;
using JackAutomotive.Tests.Fixtures;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Redis or Postgres is down and returns.</summary>
public sealed class OutageTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly (string, string)[] s_quick =
    [
        ("SweepInterval", "00:10:00"), ("SweepIntervalWithoutRedis", "00:00:00.050"), ("RedisPulse", "00:00:00.100"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Streams_continue_from_Postgres_and_health_is_degraded_while_Redis_is_down_or_hangs(bool hangs)
    {
        await using var proxy = NewRedisProxy();
        await using var instance = await StartBehindProxyAsync(proxy);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(1);

        if (hangs)
        {
            proxy.Pause();
        }
        else
        {
            proxy.Cut();
        }

        await instance.WaitForRedisAsync(up: false);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(2);
        await using var late = await instance.WatchAsync(lead, lastEventId: 0);
        await fixture.RaiseAsync(lead);
        await late.UntilAsync(3);
        await client.UntilAsync(3);
        Assert.Equal([1L, 2L, 3L], late.Seqs);
        Assert.Equal([1L, 2L, 3L], client.Seqs);

        var (status, health) = await HealthAsync(instance);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"status\":\"Degraded\"", health);
        Assert.Contains("Redis has been down since", health);
    }

    [Fact]
    public async Task Events_raised_during_a_Redis_outage_are_shown_once_when_Redis_returns()
    {
        await using var proxy = NewRedisProxy();
        await using var instance = await StartBehindProxyAsync(proxy, ("SweepIntervalWithoutRedis", "00:01:00"));
        var known = await fixture.AddLeadAsync();
        var fresh = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(known);
        await fixture.RaiseAsync(known);
        await client.UntilAsync(1);

        proxy.Cut();
        await instance.WaitForRedisAsync(up: false);
        await using var opened = await instance.WatchAsync(fresh);
        await fixture.RaiseAsync(known);
        await fixture.RaiseAsync(fresh);
        proxy.Restore();
        await instance.WaitForRedisAsync(up: true);

        // The sweep on Redis's return finds these events. The next regular sweep is a minute away.
        await client.UntilAsync(2);
        await opened.UntilAsync(1);

        // From here on, Redis messages carry the events again.
        await Wait.UntilAsync(() => fixture.Subscribers(known) > 0 && fixture.Subscribers(fresh) > 0, "both subscriptions");
        await fixture.RaiseAsync(known);
        await fixture.RaiseAsync(fresh);
        await client.UntilAsync(3);
        await opened.UntilAsync(2);
        Assert.Equal([1L, 2L, 3L], client.Seqs);
        Assert.Equal([1L, 2L], opened.Seqs);
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(instance)).Status);
    }

    [Fact]
    public async Task The_service_starts_without_Redis_and_subscribes_when_Redis_becomes_available()
    {
        await using var proxy = NewRedisProxy();
        proxy.Cut();
        await using var instance = RealtimeInstance.StartWithoutRedis(
            fixture.DatabaseConnection, $"{ConnectionThrough(proxy)},connectTimeout=500", s_quick);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(1);

        proxy.Restore();
        await instance.WaitForRedisAsync(up: true);
        await Wait.UntilAsync(() => fixture.Subscribers(lead) > 0, "the lead to be subscribed to");
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(2);
    }

    [Fact]
    public async Task Live_events_continue_replays_wait_and_unwatched_leads_are_refused_while_Postgres_is_down()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection) { Timeout = 2 };
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var instance = await RealtimeInstance.StartAsync(
            database.ConnectionString, fixture.RedisConnection, ("RecentBytes", "0"));
        var lead = await fixture.AddLeadAsync();
        var unwatched = await fixture.AddLeadAsync();
        await fixture.RaiseAsync(lead);
        await using var client = await instance.WatchAsync(lead);

        proxy.Cut();
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(2);
        await using var waiting = await instance.WatchAsync(lead, lastEventId: 0);
        Assert.Empty(waiting.Events);

        using var http = instance.NewClient();
        using var refused = await http.GetAsync(new Uri($"/api/stream/conversation/{unwatched}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await HealthAsync(instance)).Status);

        proxy.Restore();
        await waiting.UntilAsync(2);
        await fixture.RaiseAsync(lead);
        await waiting.UntilAsync(3);
        await client.UntilAsync(3);
        Assert.Equal([1L, 2L, 3L], waiting.Seqs);
        Assert.Equal([2L, 3L], client.Seqs);
    }

    private TcpProxy NewRedisProxy() => ConfigurationOptions.Parse(fixture.RedisConnection).EndPoints[0] switch
    {
        IPEndPoint address => new TcpProxy(address.Address.ToString(), address.Port),
        DnsEndPoint name => new TcpProxy(name.Host, name.Port),
        var other => throw new NotSupportedException($"{other}"),
    };

    private Task<RealtimeInstance> StartBehindProxyAsync(TcpProxy proxy, params (string, string)[] settings) =>
        RealtimeInstance.StartAsync(fixture.DatabaseConnection, ConnectionThrough(proxy), [.. s_quick, .. settings]);

    private string ConnectionThrough(TcpProxy proxy)
    {
        var redis = ConfigurationOptions.Parse(fixture.RedisConnection);
        redis.EndPoints.Clear();
        redis.EndPoints.Add($"127.0.0.1:{proxy.Port}");
        redis.ReconnectRetryPolicy = new LinearRetry(100);
        return redis.ToString(includePassword: true);
    }

    private static async Task<(HttpStatusCode Status, string Text)> HealthAsync(RealtimeInstance instance)
    {
        using var client = instance.NewClient();
        using var response = await client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
