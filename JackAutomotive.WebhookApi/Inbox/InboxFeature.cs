using JackAutomotive.WebhookApi.Messaging.LargeBodies;
using JackAutomotive.WebhookApi.Messaging.Spool;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Messaging;

internal static class MessagingExtensions
{
    /// <summary>The inbox, its worker, the log of events and their way to Redis.</summary>
    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<MessagingOptions>, ValidateMessagingOptions>();
        builder.Services.AddOptionsWithValidateOnStart<MessagingOptions>().BindConfiguration(MessagingOptions.SectionName);

        builder.AddServerLimits();
        builder.AddRetention();
        builder.AddRedisEvents();
        builder.AddPublicAddress();

        builder.Services.AddSingleton<WebhookApiMetrics>();
        builder.Services.AddSingleton<InboxSignal>();
        builder.Services.AddSingleton<InboxInsert>();
        builder.AddOutageSpool();
        builder.Services.AddSingleton<InboxWriter>();
        builder.Services.AddSingleton<ConflictStore>();
        builder.Services.AddSingleton<DeliveryAlerts>();
        builder.Services.AddSingleton<RoutingConfiguration>();
        builder.Services.AddSingleton<Inbox>();
        builder.Services.AddSingleton<InboxClaims>();
        builder.Services.AddSingleton<RejectionLog>();
        builder.Services.AddSingleton<WebhookLimits>();
        builder.Services.AddSingleton<LargeBodyReader>();
        builder.Services.AddSingleton<RawBodies>();
        builder.Services.AddHostedService<MissingSecretsWarning>();
        builder.Services.AddSingleton<WebhookHealth>();
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<EventRelay>();
        builder.Services.AddSingleton<InboxWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<InboxWriter>());
        builder.Services.AddHostedService<SpoolWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EventRelay>());
        builder.Services.AddHostedService(services => services.GetRequiredService<InboxWorker>());
        builder.Services.AddSingleton<Rerouting>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Rerouting>());
    }

    /// <summary>Registers the handler of a topic.</summary>
    /// <param name="services">Where.</param>
    /// <param name="topic">One of <see cref="Topics"/>.</param>
    /// <param name="types">
    /// The types of event within the topic that it handles, if it parks others as unroutable: a program that handles one more tries
    /// those again that were parked for want of it.
    /// </param>
    public static void AddDeliveryHandler<THandler>(this IServiceCollection services, string topic, params string[] types)
        where THandler : class, IDeliveryHandler
    {
        services.AddKeyedScoped<IDeliveryHandler, THandler>(topic);
        services.AddSingleton(new RoutingFact("topic", topic));
        foreach (var type in types)
        {
            services.AddSingleton(new RoutingFact(topic, type));
        }
    }

    /// <summary>Adds the values of a setting to what decides where deliveries can go.</summary>
    public static void AddRoutingFacts(
        this IServiceCollection services,
        string setting,
        Func<IServiceProvider, IReadOnlyList<string>> values) =>
        services.AddSingleton(provider => new RoutingFact(setting, string.Join(',', values(provider).Order(StringComparer.Ordinal))));

    private static void AddOutageSpool(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SpoolOptions>().BindConfiguration(SpoolOptions.SectionName);
        builder.Services.AddSingleton<OutageSpool>();
    }

    private static void AddRedisEvents(this IHostApplicationBuilder builder)
    {
        // Without Redis events are late, not lost, so its absence degrades the service; the default check would take it out of use.
        builder.AddRedisClient("redis", settings => settings.DisableHealthChecks = true, options =>
        {
            options.AbortOnConnectFail = false;
            options.BacklogPolicy = BacklogPolicy.FailFast;
        });
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("redis", HealthStatus.Degraded);
    }
}
