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

    /// <summary>The password that clients log in with.</summary>
    public ParameterResource Password { get; }

    /// <summary>Where the server listens.</summary>
    public EndpointReference Endpoint { get; }

    /// <inheritdoc/>
    public abstract ReferenceExpression ConnectionStringExpression { get; }
}

internal static class LocalServerExtensions
{
    private const string Folder = "LocalServers";

    /// <summary>Adds the endpoint, and the command line that runs a script of this folder. The caller passes the port among the arguments.</summary>
    public static IResourceBuilder<T> WithScript<T>(this IResourceBuilder<T> server, string script, object[] arguments)
        where T : LocalServerResource =>
        server
            .WithEndpoint(name: LocalServerResource.EndpointName, scheme: "tcp", isProxied: false)
            .WithArgs([Path.Combine(Folder, script), .. arguments])
            .ExcludeFromManifest();

    /// <summary>Creates a password and stores it in user secrets, so that the next run can open the same data.</summary>
    public static ParameterResource CreatePassword(this IDistributedApplicationBuilder builder, string server) =>
        ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{server}-password", special: false);

    /// <summary>Returns a function that gives health checks the connection string, once Aspire has resolved it.</summary>
    public static Func<IServiceProvider, string> RememberConnectionString<T>(this IResourceBuilder<T> resource)
        where T : IResourceWithConnectionString
    {
        string? resolved = null;
        resource.OnConnectionStringAvailable(async (available, _, cancellationToken) =>
            resolved = await available.GetConnectionStringAsync(cancellationToken));
        return _ => resolved ?? throw new InvalidOperationException($"The connection string of '{resource.Resource.Name}' is not resolved yet.");
    }
}
