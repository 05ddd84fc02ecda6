using System.Diagnostics;
using System.Net;
using Aspire.StackExchange.Redis;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Clients;

/// <summary>What the services count on when they say <c>AddRedisClient</c>.</summary>
public sealed class RedisClientTests(Servers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_publish_is_a_client_span_below_the_activity_that_published()
    {
        var telemetry = new CollectedTelemetry();
        using var host = await WithRedis(telemetry.AddTo).StartedAsync();
        var redis = host.Services.GetRequiredService<IConnectionMultiplexer>();
        var channel = RedisChannel.Literal($"test:{Guid.NewGuid():N}");
        var messages = await redis.GetSubscriber().SubscribeAsync(channel);

        Activity activity;
        using (activity = telemetry.Start())
        {
            await redis.GetSubscriber().PublishAsync(channel, "secret text");
        }

        Assert.Equal("secret text", (await messages.ReadAsync(Cancelled)).Message);
        var span = await telemetry.SpanAsync(span => span.TraceId == activity.TraceId && span.DisplayName == "PUBLISH", Cancelled);
        Assert.Equal(activity.SpanId, span.ParentSpanId);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal("OpenTelemetry.Instrumentation.StackExchangeRedis", span.Source.Name);
        Assert.Equal("redis", span.GetTagItem("db.system.name") ?? span.GetTagItem("db.system"));
        Assert.Equal("PUBLISH", span.GetTagItem("db.operation.name") ?? span.GetTagItem("db.statement"));
        Assert.Equal(PortOf(redis.GetEndPoints().Single()), span.GetTagItem("server.port"));
        Assert.InRange(span.StartTimeUtc, activity.StartTimeUtc.AddMilliseconds(-50), activity.StartTimeUtc + activity.Duration);
        Assert.InRange(span.Duration, TimeSpan.FromTicks(1), activity.Duration + TimeSpan.FromMilliseconds(50));
        Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Spans_come_while_their_activity_is_still_open_and_each_has_its_own_parent()
    {
        var telemetry = new CollectedTelemetry();
        using var host = await WithRedis(telemetry.AddTo).StartedAsync();
        var database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

        using var first = telemetry.Start();
        await database.PingAsync();
        await telemetry.SpanAsync(span => span.ParentSpanId == first.SpanId, Cancelled);
        using var second = telemetry.Start();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => database.PingAsync()));
        Activity.Current = first;
        await database.StringGetAsync("nothing");

        await telemetry.SpanAsync(span => span.ParentSpanId == first.SpanId && span.DisplayName == "GET", Cancelled);
        await telemetry.SpanAsync(span => span.ParentSpanId == second.SpanId, Cancelled);
        Assert.Equal(20, telemetry.Spans(second.TraceId).Count(span => span.DisplayName == "PING"));
        Assert.Equal(2, telemetry.Spans(first.TraceId).Count);
    }

    [Fact]
    public async Task A_command_outside_any_activity_is_a_trace_of_its_own()
    {
        var telemetry = new CollectedTelemetry();
        using var host = await WithRedis(telemetry.AddTo).StartedAsync();
        IDatabase database;
        using (telemetry.Start())
        {
            database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        }

        var key = $"test:{Guid.NewGuid():N}";
        await database.ListLengthAsync(key);

        var span = await telemetry.SpanAsync(span => span.DisplayName == "LLEN", Cancelled);
        Assert.Equal(default, span.ParentSpanId);
    }

    [Fact]
    public async Task Spans_not_yet_collected_are_not_lost_when_the_host_stops()
    {
        var telemetry = new CollectedTelemetry();
        Activity activity;
        using (var host = await WithRedis(telemetry.AddTo).StartedAsync())
        {
            var database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
            using (activity = telemetry.Start())
            {
                await database.PingAsync();
            }

            await host.StopAsync(Cancelled);
        }

        Assert.Contains(telemetry.Spans(activity.TraceId), span => span.DisplayName == "PING");
    }

    [Fact]
    public async Task No_spans_when_tracing_is_switched_off()
    {
        var telemetry = new CollectedTelemetry();
        Activity activity;
        using (var host = await WithRedis(telemetry.AddTo, settings => settings.DisableTracing = true).StartedAsync())
        {
            using (activity = telemetry.Start())
            {
                await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().PingAsync();
            }

            await host.StopAsync(Cancelled);
        }

        Assert.Equal([activity], telemetry.Spans(activity.TraceId));
    }

    [Fact]
    public async Task A_server_that_answers_is_healthy()
    {
        using var host = await WithRedis(_ => { }).StartedAsync();

        var report = await host.HealthAsync();

        Assert.Equal(("StackExchange.Redis", HealthStatus.Healthy), (Assert.Single(report.Entries).Key, report.Status));
        Assert.Empty(report.Entries["StackExchange.Redis"].Tags);
    }

    [Fact]
    public async Task A_server_that_is_away_is_unhealthy_and_stops_nobody_from_starting()
    {
        using var host = await Build(
            new() { ["ConnectionStrings:redis"] = "127.0.0.1:1,connectTimeout=200" },
            builder => builder.AddRedisClient("redis")).StartedAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await host.HealthAsync()).Entries["StackExchange.Redis"].Status);
        Assert.False(host.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected);
    }

    [Fact]
    public void A_connection_string_that_asks_for_it_fails_at_once()
    {
        using var host = Build(
            new() { ["ConnectionStrings:redis"] = "127.0.0.1:1,connectTimeout=200,abortConnect=true" },
            builder => builder.AddRedisClient("redis"));

        Assert.Throws<RedisConnectionException>(host.Services.GetRequiredService<IConnectionMultiplexer>);
    }

    [Fact]
    public async Task A_missing_connection_string_is_told_when_the_client_is_first_needed()
    {
        using var host = await Build([], builder => builder.AddRedisClient("redis")).StartedAsync();

        var error = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConnectionMultiplexer>);

        Assert.Contains("'ConnectionStrings:redis'", error.Message, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, (await host.HealthAsync()).Status);
    }

    [Fact]
    public async Task Auto_activation_connects_at_start()
    {
        using var host = Build([], builder => builder.AddRedisClient("redis", settings => settings.DisableAutoActivation = false));

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancelled));
    }

    [Fact]
    public void Options_come_from_connection_string_then_sections_then_callback()
    {
        using var host = Build(
            new()
            {
                ["ConnectionStrings:redis"] = "localhost:6379,connectTimeout=1,syncTimeout=1,asyncTimeout=1,keepAlive=7",
                ["Aspire:StackExchange:Redis:ConfigurationOptions:ConnectTimeout"] = "2",
                ["Aspire:StackExchange:Redis:ConfigurationOptions:SyncTimeout"] = "2",
                ["Aspire:StackExchange:Redis:ConfigurationOptions:AsyncTimeout"] = "2",
                ["Aspire:StackExchange:Redis:redis:ConfigurationOptions:SyncTimeout"] = "3",
                ["Aspire:StackExchange:Redis:redis:ConfigurationOptions:AsyncTimeout"] = "3",
            },
            builder => builder.AddRedisClient("redis", configureOptions: options => options.AsyncTimeout = 4));

        var options = host.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;

        Assert.Equal((7, 2, 3, 4), (options.KeepAlive, options.ConnectTimeout, options.SyncTimeout, options.AsyncTimeout));
        Assert.False(options.AbortOnConnectFail);
    }

    [Fact]
    public async Task Keyed_clients_have_their_own_settings_and_health_check()
    {
        using var host = await Build(
            new() { ["ConnectionStrings:one"] = servers.Redis, ["ConnectionStrings:two"] = "127.0.0.1:1,connectTimeout=200" },
            builder =>
            {
                builder.AddKeyedRedisClient("one", configureOptions: options => options.ClientName = "first");
                builder.AddKeyedRedisClient("two");
                builder.AddKeyedRedisClient("two");
            }).StartedAsync();

        var report = await host.HealthAsync();

        Assert.Equal(HealthStatus.Healthy, report.Entries["StackExchange.Redis_one"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["StackExchange.Redis_two"].Status);
        Assert.Equal("first", host.Services.GetRequiredKeyedService<IConnectionMultiplexer>("one").ClientName);
        Assert.Null(host.Services.GetService<IConnectionMultiplexer>());
    }

    private static int PortOf(EndPoint server) => server is DnsEndPoint dns ? dns.Port : ((IPEndPoint)server).Port;

    private IHost WithRedis(Action<HostApplicationBuilder> configure, Action<StackExchangeRedisSettings>? settings = null) =>
        Build(new() { ["ConnectionStrings:redis"] = servers.Redis }, builder =>
        {
            builder.AddRedisClient("redis", settings);
            configure(builder);
        });

    private static IHost Build(Dictionary<string, string?> configuration, Action<HostApplicationBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration);
        configure(builder);
        return builder.Build();
    }
}
