namespace JackAutomotive.Realtime.Presence;

/// <summary>Registers presence: who watches a lead, on all instances.</summary>
internal static class PresenceFeature
{
    public static IHostApplicationBuilder AddPresence(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PresenceRegistry>();
        builder.Services.AddSingleton<PresenceStore>();
        builder.Services.AddHostedService<PresenceWorker>();
        return builder;
    }
}
