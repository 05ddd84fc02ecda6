using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Access;

internal static class AccessFeature
{
    /// <summary>API keys, and the one that a developer's machine is given.</summary>
    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        builder.AddApiKeys();
        if (builder.Configuration[DevelopmentApiKey.Setting] is { Length: > 0 } key)
        {
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DevelopmentApiKey>(services, key));
        }
    }
}
