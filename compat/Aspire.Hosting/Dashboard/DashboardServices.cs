using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Dashboard;

/// <summary>The resource service: what the dashboard asks about resources.</summary>
internal static class DashboardServices
{
    /// <summary>Registers the server that the dashboard reads resources from.</summary>
    public static IServiceCollection AddDashboardResourceService(this IServiceCollection services)
    {
        services.AddSingleton<ResourceFeed>();
        services.AddSingleton<DashboardServiceHost>();
        services.AddHostedService(provider => provider.GetRequiredService<DashboardServiceHost>());
        return services;
    }
}
