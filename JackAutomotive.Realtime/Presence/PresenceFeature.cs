namespace JackAutomotive.Realtime.Presence;

/// <summary>Who watches a lead.</summary>
internal static class PresenceFeature
{
    public static IHostApplicationBuilder AddPresence(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PresenceBook>();
        builder.Services.AddSingleton<PresenceStore>();
        builder.Services.AddHostedService<PresenceWorker>();
        return builder;
    }
}
