using System.Net.Http.Headers;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Feeds.Redis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>One instance of the Realtime service: the real program on Kestrel, on its own port.</summary>
internal sealed class RealtimeInstance : WebApplicationFactory<RealtimeOptions>
{
    private readonly List<(string Key, string Value)> _settings;
    private readonly Action<IServiceCollection> _services;

    private RealtimeInstance(List<(string Key, string Value)> settings, Action<IServiceCollection> services)
    {
        _settings = settings;
        _services = services;
        UseKestrel();
    }

    /// <summary>The base address of the instance.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The number of leads that the instance currently follows.</summary>
    public int WatchedLeadCount => Services.GetRequiredService<LeadFeeds>().Count;

    /// <summary>Starts an instance and waits until its Redis connection is up.</summary>
    public static async Task<RealtimeInstance> StartAsync(string database, string redis, params (string Name, string Value)[] settings)
    {
        var instance = StartWithoutRedis(database, redis, settings);
        await instance.WaitForRedisAsync(up: true);
        return instance;
    }

    /// <summary>Starts an instance without waiting for its Redis connection.</summary>
    public static RealtimeInstance StartWithoutRedis(string database, string redis, params (string Name, string Value)[] settings) =>
        StartWithoutRedis(database, redis, _ => { }, settings);

    /// <summary>Starts an instance with replaced services. A setting without its full name belongs to the section <c>Realtime</c>.</summary>
    public static RealtimeInstance StartWithoutRedis(
        string database, string redis, Action<IServiceCollection> services, params (string Name, string Value)[] settings)
    {
        var keys = settings.Select(s => (IsFullName(s.Name) ? s.Name : $"{RealtimeOptions.SectionName}:{s.Name}", s.Value));
        var instance = new RealtimeInstance(
            [
                (WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0"),
                ("ConnectionStrings:crm", database),
                ("ConnectionStrings:redis", redis),
                ("STREAM_TOKEN_SECRET", RealtimeFixture.TokenSecret),
                ("Logging:Console:LogLevel:Default", "None"),

                // A long interval keeps presence events out of tests that do not test presence.
                ("Realtime:PresenceInterval", "00:01:00"),
                .. keys,
            ],
            services);
        try
        {
            instance.StartServer();
        }
        catch
        {
            instance.Dispose();
            throw;
        }

        var server = instance.Services.GetRequiredService<IServer>();
        instance.Address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return instance;
    }

    public Task WaitForRedisAsync(bool up) =>
        Wait.UntilAsync(() => Services.GetRequiredService<RedisLink>().State.IsUp == up, $"Redis up = {up}");

    public Task<SseClient> WatchAsync(LeadId lead, long? lastEventId = null) => SseClient.OpenAsync(this, lead, lastEventId);

    /// <summary>Opens a stream of many leads: of all leads, or of those that the query selects.</summary>
    public Task<SseClient> WatchManyAsync(string query = "", long? lastEventId = null) =>
        SseClient.OpenAsync(this, $"/api/stream/conversations{query}", lastEventId);

    /// <summary>A client with its own connections that sends the test's API key.</summary>
    public HttpClient NewClient(string? key = RealtimeFixture.Key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static bool IsFullName(string setting) => setting == "environment" || setting.AsSpan().ContainsAny(":_");

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureTestServices(_services);
    }

    protected override IHost CreateHost(IHostBuilder builder)
    {
        builder.UseEnvironment(_settings.LastOrDefault(setting => setting.Key == "environment").Value ?? Environments.Production);
        return base.CreateHost(builder);
    }
}
