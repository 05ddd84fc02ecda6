using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.AppHost.LocalServers;

/// <summary>A Redis server, or a server that speaks its protocol, that runs as a process of this machine.</summary>
internal sealed class LocalRedisResource(string name, ParameterResource password) : LocalServerResource(name, password)
{
    /// <inheritdoc/>
    public override ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"{Endpoint.Property(EndpointProperty.HostAndPort)},password={Password}");
}

internal static class LocalRedisExtensions
{
    // By default the client waits five seconds for a server that does not listen yet.
    private const string FailFast = "connectTimeout=500,connectRetry=0";

    /// <summary>Adds the server that <c>local-redis.sh</c> finds on the PATH, or the embedded one.</summary>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        var resource = new LocalRedisResource(name, builder.CreatePassword(name));
        var redis = builder.AddResource(resource).WithIconName("DatabaseLightning");
        var check = $"{name}_check";
        var connectionString = redis.RememberConnectionString();
        builder.Services.AddHealthChecks().AddRedis(services => $"{connectionString(services)},{FailFast}", check);
        return redis
            .WithScript(
                "local-redis.sh",
                [resource.Endpoint.Property(EndpointProperty.TargetPort), BuildOutput.ProgramOf("JackAutomotive.EmbeddedRedis"), "memory"])
            .WithEnvironment("REDIS_PASSWORD", resource.Password)
            .WithHealthCheck(check);
    }
}
