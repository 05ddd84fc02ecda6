using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.AppHost.LocalServers;

/// <summary>A PostgreSQL server that runs as a process of this machine.</summary>
internal sealed class LocalPostgresResource(string name, ParameterResource password) : LocalServerResource(name, password)
{
    /// <inheritdoc/>
    public override ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Endpoint.Property(EndpointProperty.Host)};Port={Endpoint.Property(EndpointProperty.Port)};Username=postgres;Password={Password}");
}

/// <summary>A database of a local PostgreSQL server. The AppHost creates the database when the server is ready.</summary>
internal sealed class LocalPostgresDatabaseResource(string name, LocalPostgresResource server)
    : Resource(name), IResourceWithConnectionString, IResourceWithParent<LocalPostgresResource>
{
    /// <inheritdoc/>
    public LocalPostgresResource Parent => server;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{server};Database={Name}");
}

internal static class LocalPostgresExtensions
{
    /// <summary>Adds a PostgreSQL server that <c>local-postgres.sh</c> finds, fetches or reports as missing.</summary>
    public static IResourceBuilder<LocalPostgresResource> AddLocalPostgres(this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        var resource = new LocalPostgresResource(name, builder.CreatePassword(name));
        var server = builder.AddResource(resource).WithIconName("DatabaseMultiple");
        return server
            .WithScript("local-postgres.sh", ["run", resource.Endpoint.Property(EndpointProperty.TargetPort), .. builder.CreateDataArguments(name)])
            .WithEnvironment("POSTGRES_PASSWORD", resource.Password)
            .WithPostgresHealthCheck(server.RememberConnectionString(), connection => connection.ConnectionString += ";Database=postgres");
    }

    /// <summary>Adds a database, which the AppHost creates on the server as soon as the server is ready.</summary>
    public static IResourceBuilder<LocalPostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<LocalPostgresResource> server, [ResourceName] string name)
    {
        var database = server.ApplicationBuilder.AddResource(new LocalPostgresDatabaseResource(name, server.Resource)).WithIconName("Database");

        // Aspire passes a parent's state on to its children if the parent is a container; for an executable, this code does so.
        server.OnResourceReady(async (ready, started, cancellationToken) =>
        {
            await CreateDatabaseAsync(ready, name, cancellationToken);
            await PublishStateAsync(started.Services, database.Resource, KnownResourceStates.Running);
        });
        server.OnResourceStopped((_, stopped, _) =>
            PublishStateAsync(stopped.Services, database.Resource, stopped.ResourceEvent.Snapshot.State));
        return database.WithPostgresHealthCheck(database.RememberConnectionString());
    }

    private static IResourceBuilder<T> WithPostgresHealthCheck<T>(
        this IResourceBuilder<T> resource, Func<IServiceProvider, string> connectionString, Action<NpgsqlConnection>? configure = null)
        where T : IResource
    {
        var check = $"{resource.Resource.Name}_check";
        resource.ApplicationBuilder.Services.AddHealthChecks().AddNpgSql(connectionString, configure: configure, name: check);
        return resource.WithHealthCheck(check);
    }

    private static Task PublishStateAsync(IServiceProvider services, LocalPostgresDatabaseResource database, ResourceStateSnapshot? state) =>
        services.GetRequiredService<ResourceNotificationService>().PublishUpdateAsync(database, snapshot => snapshot with { State = state });

    private static async Task CreateDatabaseAsync(LocalPostgresResource server, string name, CancellationToken cancellationToken)
    {
        var connectionString = await server.ConnectionStringExpression.GetValueAsync(cancellationToken);
        await using var connection = new NpgsqlConnection($"{connectionString};Database=postgres;Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        find.Parameters.Add(new NpgsqlParameter { Value = name });
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
        {
            return; // An earlier run created the database.
        }

        var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(name);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {quoted}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Creates the script's arguments for the data: a volume for each checkout, or a temporary folder while ports are random. Tests use
    /// random ports to run several AppHosts side by side, and two servers cannot share one volume.
    /// </summary>
    private static string[] CreateDataArguments(this IDistributedApplicationBuilder builder, string name)
    {
        if (builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
        {
            return ["temporary"];
        }

        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(builder.AppHostDirectory)))[..10];
        return ["volume", $"{builder.Environment.ApplicationName.ToLowerInvariant()}-{checkout}-{name}-data"];
    }
}
