using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Catalogue;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Redis;
using JackAutomotive.Realtime.Snapshot;
using JackAutomotive.Realtime.Tail;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JackAutomotive.Realtime.Events;

/// <summary>Streams of what happens to leads.</summary>
internal static class EventsFeature
{
    private const string InstanceAttribute = "service.instance.id=";

    public static IHostApplicationBuilder AddEvents(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(
            "redis",
            settings =>
            {
                // RedisHealth says "degraded" where the client's own check would say "unhealthy": without Redis streams are late, not dead.
                settings.DisableHealthChecks = true;

                // Pulses and subscriptions would be all there is to see; an event's own span is made where it is handed out.
                settings.DisableTracing = true;
            },
            options => options.AbortOnConnectFail = false);

        builder.Services.AddOptionsWithValidateOnStart<RealtimeOptions, ValidateRealtimeOptions>()
            .BindConfiguration(RealtimeOptions.SectionName);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new InstanceName(FindInstanceName(builder.Configuration)));
        builder.Services.AddSingleton<RealtimeMetrics>();
        builder.Services.AddSingleton<LeadLog>();
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

        // Every client of an instance that went away may come at once.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = 8192);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(StreamConnection.Use)));

        builder.Services.AddHealthChecks()
            .AddCheck<RedisHealth>("redis")
            .AddCheck<SchemaHealth>("schema");
        return builder;
    }

    public static IEndpointRouteBuilder MapEvents(this IEndpointRouteBuilder routes)
    {
        var streams = routes.MapGroup("/api/stream").WithTags("Streams").RequireAuthorization(ApiKeys.Read).AsStreams();
        streams.MapGet("/conversation/{leadId}", StreamConversation.Handle);
        streams.MapTail();
        routes.MapListEvents();

        // Not left to the requests' own cancellation, which comes only when the host has waited its full time for them.
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

    // The name under which the dashboard shows this replica, where there is one.
    private static string FindInstanceName(IConfiguration configuration) =>
        (configuration["OTEL_RESOURCE_ATTRIBUTES"] ?? "").Split(',')
            .Where(attribute => attribute.StartsWith(InstanceAttribute, StringComparison.Ordinal))
            .Select(attribute => attribute[InstanceAttribute.Length..])
            .FirstOrDefault() ?? Guid.NewGuid().ToString("N")[..8];
}
