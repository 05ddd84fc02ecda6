using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Hosting;

/// <summary>Adds PostgreSQL servers and databases to an application.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds a PostgreSQL server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, and that of its connection string.</param>
    /// <param name="userName">The superuser; <c>postgres</c> by default.</param>
    /// <param name="password">The superuser's password; the parameter <c>{name}-password</c>, made up once, by default.</param>
    /// <param name="port">The port that others connect to; chosen at each start by default.</param>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);

        var passwordParameter = password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var server = new PostgresServerResource(name, userName?.Resource, passwordParameter);

        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(server, async (_, cancellationToken) =>
            connectionString = await server.ConnectionStringExpression.GetValueAsync(cancellationToken).ConfigureAwait(false));
        builder.Eventing.Subscribe<ResourceReadyEvent>(server, async (ready, cancellationToken) =>
        {
            var databases = builder.Resources.OfType<PostgresDatabaseResource>().Where(database => database.Parent == server);
            await CreateDatabasesAsync($"{connectionString};Database=postgres", databases, ready.Services, cancellationToken)
                .ConfigureAwait(false);
        });

        var check = builder.AddPostgresHealthCheck(name, () => connectionString is null ? null : $"{connectionString};Database=postgres");

        return builder.AddResource(server)
            .WithEndpoint(port: port, name: PostgresServerResource.PrimaryEndpointName)
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["POSTGRES_USER"] = server.UserNameReference;
                context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter;
            })
            .WithHealthCheck(check)
            .RunLocally();
    }

    /// <summary>Adds a database to a server; it is created when the server is ready, unless it is there.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The resource's name, and that of its connection string.</param>
    /// <param name="databaseName">The database's name; the resource's name by default.</param>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder,
        string name,
        string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);

        var application = builder.ApplicationBuilder;
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database);

        string? connectionString = null;
        application.Eventing.Subscribe<ConnectionStringAvailableEvent>(database, async (_, cancellationToken) =>
            connectionString = await database.ConnectionStringExpression.GetValueAsync(cancellationToken).ConfigureAwait(false));
        var check = application.AddPostgresHealthCheck(name, () => connectionString);

        return application.AddResource(database).WithHealthCheck(check);
    }

    /// <summary>Keeps the server's data between runs of the application.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The volume's name; made of the application's, its folder's and the resource's by default.</param>
    /// <param name="isReadOnly">Has to be false: a server cannot run on data that it may not write.</param>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder,
        string? name = null,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithData(LocalData.Volume(name ?? LocalData.VolumeName(builder, "data")), isReadOnly);
    }

    /// <summary>Keeps the server's data in a folder.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">The folder; a relative one is taken from the AppHost's.</param>
    /// <param name="isReadOnly">Has to be false: a server cannot run on data that it may not write.</param>
    public static IResourceBuilder<PostgresServerResource> WithDataBindMount(
        this IResourceBuilder<PostgresServerResource> builder,
        string source,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithData(LocalData.Folder(Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory)), isReadOnly);
    }

    /// <summary>Sets the port that others connect to.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="port">The port; null to have one chosen at each start.</param>
    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    /// <summary>Sets the superuser's password.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="password">The parameter that holds it.</param>
    public static IResourceBuilder<PostgresServerResource> WithPassword(
        this IResourceBuilder<PostgresServerResource> builder,
        IResourceBuilder<ParameterResource> password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(password);
        builder.Resource.PasswordParameter = password.Resource;
        return builder;
    }

    /// <summary>Sets the superuser's name.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="userName">The parameter that holds it.</param>
    public static IResourceBuilder<PostgresServerResource> WithUserName(
        this IResourceBuilder<PostgresServerResource> builder,
        IResourceBuilder<ParameterResource> userName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(userName);
        builder.Resource.UserNameParameter = userName.Resource;
        return builder;
    }

    /// <summary>Sets the SQL that creates the database.</summary>
    /// <param name="builder">The database.</param>
    /// <param name="script">The SQL, run on the database <c>postgres</c> unless the database is there.</param>
    public static IResourceBuilder<PostgresDatabaseResource> WithCreationScript(
        this IResourceBuilder<PostgresDatabaseResource> builder,
        string script)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(script);
        return builder.WithAnnotation(new PostgresCreationScriptAnnotation(script), ResourceAnnotationMutationBehavior.Replace);
    }

    private static IResourceBuilder<PostgresServerResource> WithData(
        this IResourceBuilder<PostgresServerResource> builder,
        LocalData data,
        bool isReadOnly) =>
        isReadOnly
            ? throw new DistributedApplicationException($"'{builder.Resource.Name}' cannot run on read-only data.")
            : builder.WithAnnotation(data, ResourceAnnotationMutationBehavior.Replace);

    private static string AddPostgresHealthCheck(this IDistributedApplicationBuilder builder, string name, Func<string?> connectionString)
    {
        var key = $"{name}_check";
        builder.Services.AddHealthChecks().Add(
            new HealthCheckRegistration(key, _ => new PostgresHealthCheck(connectionString), failureStatus: null, tags: null));
        return key;
    }

    private static async Task CreateDatabasesAsync(
        string connectionString,
        IEnumerable<PostgresDatabaseResource> databases,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);

        foreach (var database in databases)
        {
            var logger = services.GetRequiredService<ResourceLoggerService>().GetLogger(database.Parent);
            try
            {
                await CreateDatabaseAsync(connection, database, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException exception)
            {
                logger.LogError(exception, "Failed to create database '{DatabaseName}'", database.DatabaseName);
            }
        }
    }

    // Asked for first: an attempt on one that exists would leave an error in the server's log at each start.
    private static async Task CreateDatabaseAsync(
        NpgsqlConnection connection,
        PostgresDatabaseResource database,
        CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = database.DatabaseName } },
        };
        if (await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            return;
        }

        var quoted = database.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal);
        var script = database.Annotations.OfType<PostgresCreationScriptAnnotation>().LastOrDefault()?.Script
            ?? $"CREATE DATABASE \"{quoted}\"";
        await using var create = new NpgsqlCommand(script, connection);
        await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
