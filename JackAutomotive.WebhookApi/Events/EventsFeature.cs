using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Events;

internal static class EventsFeature
{
    /// <summary>Adds the log of lead events and its publishing to Redis.</summary>
    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<EventsOptions>, ValidateEventsOptions>();
        builder.Services.AddOptionsWithValidateOnStart<EventsOptions>().BindConfiguration(EventsOptions.SectionName);

        // Without Redis, events are late but not lost, so the service is degraded. The client's own health check would make the service unready.
        builder.AddRedisClient("redis", settings => settings.DisableHealthChecks = true, options =>
        {
            options.AbortOnConnectFail = false;
            options.BacklogPolicy = BacklogPolicy.FailFast;
        });
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("redis", HealthStatus.Degraded);

        builder.Services.AddSingleton<EventOutbox>();
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<EventRelay>();
        builder.Services.AddSingleton<UnitOfWorkFactory>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EventRelay>());
    }
}
