using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adds Redis servers to an application.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis server whose password is made up once, as the parameter <c>{name}-password</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, and that of its connection string.</param>
    /// <param name="port">The port that others connect to; null to have one chosen at each start.</param>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port) =>
        builder.AddRedis(name, port, password: null);

    /// <summary>Adds a Redis server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, and that of its connection string.</param>
    /// <param name="port">The port that others connect to; chosen at each start by default.</param>
    /// <param name="password">What clients have to know; the parameter <c>{name}-password</c>, made up once, by default.</param>
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null,
        IResourceBuilder<ParameterResource>? password = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);

        // No special characters: a comma would end the password in a connection string.
        var passwordParameter = password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var redis = new RedisResource(name, passwordParameter);

        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(redis, async (_, cancellationToken) =>
            connectionString = await redis.ConnectionStringExpression.GetValueAsync(cancellationToken).ConfigureAwait(false));

        var check = $"{name}_check";
        builder.Services.AddHealthChecks().Add(
            new HealthCheckRegistration(check, _ => new RedisHealthCheck(() => connectionString), failureStatus: null, tags: null));

        return builder.AddResource(redis)
            .WithEndpoint(port: port, scheme: "redis", name: RedisResource.PrimaryEndpointName)
            .WithEnvironment(context =>
            {
                if (redis.PasswordParameter is { } current)
                {
                    context.EnvironmentVariables["REDIS_PASSWORD"] = current;
                }
            })
            .WithHealthCheck(check)
            .RunLocally();
    }

    /// <summary>Keeps the server's data between runs of the application.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The volume's name; made of the application's, its folder's and the resource's by default.</param>
    /// <param name="isReadOnly">True to let the server write no snapshot.</param>
    public static IResourceBuilder<RedisResource> WithDataVolume(
        this IResourceBuilder<RedisResource> builder,
        string? name = null,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithData(LocalData.Volume(name ?? LocalData.VolumeName(builder, "data")), isReadOnly);
    }

    /// <summary>Keeps the server's data in a folder.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">The folder; a relative one is taken from the AppHost's.</param>
    /// <param name="isReadOnly">True to let the server write no snapshot.</param>
    public static IResourceBuilder<RedisResource> WithDataBindMount(
        this IResourceBuilder<RedisResource> builder,
        string source,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithData(LocalData.Folder(Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory)), isReadOnly);
    }

    /// <summary>Says when the server writes a snapshot of its data.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="interval">How long after the last one; 60 seconds by default.</param>
    /// <param name="keysChangedThreshold">How many keys must have changed.</param>
    public static IResourceBuilder<RedisResource> WithPersistence(
        this IResourceBuilder<RedisResource> builder,
        TimeSpan? interval = null,
        long keysChangedThreshold = 1)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(
            new RedisPersistenceAnnotation(interval ?? TimeSpan.FromSeconds(60), keysChangedThreshold),
            ResourceAnnotationMutationBehavior.Replace);
    }

    /// <summary>Sets what clients have to know.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="password">The parameter that holds it; null to let everybody in.</param>
    public static IResourceBuilder<RedisResource> WithPassword(
        this IResourceBuilder<RedisResource> builder,
        IResourceBuilder<ParameterResource>? password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.SetPassword(password?.Resource);
        return builder;
    }

    /// <summary>Sets the port that others connect to.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="port">The port; null to have one chosen at each start.</param>
    public static IResourceBuilder<RedisResource> WithHostPort(this IResourceBuilder<RedisResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(RedisResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    private static IResourceBuilder<RedisResource> WithData(this IResourceBuilder<RedisResource> builder, LocalData data, bool isReadOnly)
    {
        builder.WithAnnotation(data, ResourceAnnotationMutationBehavior.Replace);
        return isReadOnly || builder.Resource.Annotations.OfType<RedisPersistenceAnnotation>().Any() ? builder : builder.WithPersistence();
    }
}
