namespace JackAutomotive.AppHost.LocalServers;

/// <summary>A server that a script of this folder runs as a process of this machine. Clients connect to its port directly.</summary>
internal abstract class LocalServerResource : ExecutableResource, IResourceWithConnectionString
{
    protected LocalServerResource(string name, ParameterResource password)
        : base(name, "bash", AppContext.BaseDirectory)
    {
        Password = password;
        Endpoint = new EndpointReference(this, EndpointName);
    }

    /// <summary>The name of the server's only endpoint.</summary>
    public const string EndpointName = "tcp";

    /// <summary>The superuser's password.</summary>
    public ParameterResource Password { get; }

    /// <summary>Where the server listens.</summary>
    public EndpointReference Endpoint { get; }

    /// <inheritdoc/>
    public abstract ReferenceExpression ConnectionStringExpression { get; }
}

internal static class LocalServerExtensions
{
    private const string Folder = "LocalServers";

    /// <summary>Adds the endpoint and the command line: the script, then the arguments. The script learns its port from an argument.</summary>
    public static IResourceBuilder<T> RunScript<T>(this IResourceBuilder<T> server, string script, object[] arguments)
        where T : LocalServerResource =>
        server
            .WithEndpoint(name: LocalServerResource.EndpointName, scheme: "tcp", isProxied: false)
            .WithArgs([Path.Combine(Folder, script), .. arguments])
            .ExcludeFromManifest();

    /// <summary>Creates a password that user secrets keep, so that it still opens the data of the last run.</summary>
    public static ParameterResource CreatePassword(this IDistributedApplicationBuilder builder, string server) =>
        ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{server}-password", special: false);

    /// <summary>Remembers the connection string of a resource as soon as Aspire has resolved it; a health check asks for it.</summary>
    public static Func<IServiceProvider, string> ResolveConnectionString<T>(this IResourceBuilder<T> resource)
        where T : IResourceWithConnectionString
    {
        string? resolved = null;
        resource.OnConnectionStringAvailable(async (available, _, cancellationToken) =>
            resolved = await available.GetConnectionStringAsync(cancellationToken));
        return _ => resolved ?? throw new InvalidOperationException($"The connection string of '{resource.Resource.Name}' is not resolved yet.");
    }
}
