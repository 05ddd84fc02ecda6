using JackAutomotive.Access;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Tail;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JackAutomotive.Realtime.Streams;

/// <summary>Registers the streams of lead events and maps their endpoints.</summary>
internal static class StreamsFeature
{
    private const string InstanceAttribute = "service.instance.id=";

    public static IHostApplicationBuilder AddStreams(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(
            "redis",
            settings =>
            {
                // RedisHealth reports "degraded" where the client's own check would report "unhealthy": without Redis, events are only late.
                settings.DisableHealthChecks = true;

                // Redis spans would show only PINGs and subscriptions. LeadFeed creates an event's span when it sends the event.
                settings.DisableTracing = true;
            },
            options => options.AbortOnConnectFail = false);

        builder.Services.AddOptionsWithValidateOnStart<RealtimeOptions, ValidateRealtimeOptions>()
            .BindConfiguration(RealtimeOptions.SectionName);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new InstanceName(FindInstanceName(builder.Configuration)));
        builder.Services.AddSingleton<RealtimeMetrics>();
        builder.Services.AddSingleton<LogReadSlots>();
        builder.Services.AddSingleton<LeadLog>();
        builder.Services.AddSingleton<MissingEvents>();
        builder.Services.AddSingleton<LeadPositions>();
        builder.Services.AddSingleton<RedisLink>();
        builder.Services.AddSingleton<LeadFeeds>();
        builder.Services.AddSingleton<IMessageSink>(provider => provider.GetRequiredService<LeadFeeds>());
        builder.Services.AddSingleton(provider => new Lazy<LeadSubscriptions>(provider.GetRequiredService<LeadSubscriptions>));
        builder.Services.AddSingleton<EventStreams>();
        builder.Services.AddSingleton<StreamStarter>();
        builder.Services.AddSingleton<LeadSnapshots>();
        AddHosted<LeadSubscriptions>(builder.Services);
        AddHosted<Sweep>(builder.Services);
        AddHosted<Watchers>(builder.Services);

        // All clients of a stopped instance may reconnect at once.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = 8192);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(StreamConnection.Use)));

        builder.Services.AddHealthChecks()
            .AddCheck<RedisHealth>("redis")
            .AddCheck<SchemaHealth>("schema");
        return builder;
    }

    public static IEndpointRouteBuilder MapStreams(this IEndpointRouteBuilder routes)
    {
        var streams = routes.MapGroup("/api/stream").WithTags("Streams").RequireAuthorization(ApiKeys.Read).AsStreams();
        streams.MapGet("/conversation/{leadId}", StreamConversation.Handle);
        streams.MapTail();
        routes.MapListEvents();

        // Streams end when the host starts to stop. The cancellation of their requests comes only after the host's full shutdown timeout.
        var services = routes.ServiceProvider;
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(
            () => _ = services.GetRequiredService<Watchers>().EndAllAsync());
        return routes;
    }

    private static void AddHosted<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }

    // Returns the name under which the Aspire dashboard shows this replica, or a random name without a dashboard.
    private static string FindInstanceName(IConfiguration configuration) =>
        (configuration["OTEL_RESOURCE_ATTRIBUTES"] ?? "").Split(',')
            .Where(attribute => attribute.StartsWith(InstanceAttribute, StringComparison.Ordinal))
            .Select(attribute => attribute[InstanceAttribute.Length..])
            .FirstOrDefault() ?? Guid.NewGuid().ToString("N")[..8];
}
