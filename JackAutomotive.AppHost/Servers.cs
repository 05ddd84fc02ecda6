using JackAutomotive.AppHost.LocalServers;
using Microsoft.Extensions.Configuration;

namespace JackAutomotive.AppHost;

/// <summary>
/// Chooses where Postgres and Redis run. A configured connection string names a server that already runs. Otherwise
/// <c>JACK_SERVERS</c> decides: <c>local</c> (the default in run mode) starts processes on this machine, <c>containers</c> starts
/// containers. A published model always describes containers.
/// </summary>
internal static class Servers
{
    /// <summary>Adds a database on a Postgres server. The connection string is named after the database.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddPostgresDatabase(
        this IDistributedApplicationBuilder builder, string server, string database) =>
        builder.ChooseOrigin(database) switch
        {
            Origin.Configured => builder.AddConnectionString(database),
            Origin.Local => builder.AddLocalPostgres(server).AddDatabase(database),
            _ => builder.AddPostgres(server).WithDataVolume().AddDatabase(database),
        };

    /// <summary>Adds a Redis server without a data volume: Postgres stores everything that must survive a restart.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddRedisServer(this IDistributedApplicationBuilder builder, string name) =>
        builder.ChooseOrigin(name) switch
        {
            Origin.Configured => builder.AddConnectionString(name),
            Origin.Local => builder.AddLocalRedis(name),
            _ => builder.AddRedis(name),
        };

    private static Origin ChooseOrigin(this IDistributedApplicationBuilder builder, string connection)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return Origin.Container;
        }

        if (!string.IsNullOrEmpty(builder.Configuration.GetConnectionString(connection)))
        {
            return Origin.Configured;
        }

        return builder.Configuration["JACK_SERVERS"] switch
        {
            null or "" or "local" => Origin.Local,
            "containers" => Origin.Container,
            var other => throw new InvalidOperationException($"JACK_SERVERS is '{other}'. Set it to 'local' or 'containers'."),
        };
    }

    private enum Origin
    {
        Configured,
        Local,
        Container,
    }
}
