using JackAutomotive.WebhookApi.Messaging.LargeBodies;
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
        builder.AddRedisEvents();
        builder.AddPublicAddress();

        builder.Services.AddSingleton<WebhookApiMetrics>();
        builder.Services.AddSingleton<InboxSignal>();
        builder.Services.AddSingleton<InboxInsert>();
        builder.Services.AddSingleton<InboxWriter>();
        builder.Services.AddSingleton<Inbox>();
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
        builder.Services.AddHostedService(services => services.GetRequiredService<EventRelay>());
        builder.Services.AddHostedService(services => services.GetRequiredService<InboxWorker>());
    }

    /// <summary>Registers the handler of a topic.</summary>
    public static void AddDeliveryHandler<THandler>(this IServiceCollection services, string topic)
        where THandler : class, IDeliveryHandler =>
        services.AddKeyedScoped<IDeliveryHandler, THandler>(topic);

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
