using Microsoft.Extensions.Configuration;

namespace JackAutomotive.AppHost;

internal static class ConfiguredServers
{
    /// <summary>The server that <c>ConnectionStrings:{name}</c> names, or, where there is none, the one that is started here.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> ConfiguredOr(
        this IDistributedApplicationBuilder builder,
        string name,
        Func<IResourceBuilder<IResourceWithConnectionString>> started) =>
        string.IsNullOrEmpty(builder.Configuration.GetConnectionString(name)) ? started() : builder.AddConnectionString(name);
}
