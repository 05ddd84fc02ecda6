using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project that the AppHost refers to.</summary>
    /// <typeparam name="TProject">The class that the build wrote for it.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, _ => { });

    /// <summary>Adds a project that the AppHost refers to.</summary>
    /// <typeparam name="TProject">The class that the build wrote for it.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="launchProfileName">Its launch profile; null to do without one.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        string? launchProfileName)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, Profile(launchProfileName));

    /// <summary>Adds a project that the AppHost refers to.</summary>
    /// <typeparam name="TProject">The class that the build wrote for it.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="configure">Changes how it is added.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), configure);

    /// <summary>Adds a project.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="projectPath">The path of its file; a relative one is taken from the AppHost's folder.</param>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder,
        string name,
        string projectPath) =>
        builder.AddProject(name, projectPath, _ => { });

    /// <summary>Adds a project.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="projectPath">The path of its file; a relative one is taken from the AppHost's folder.</param>
    /// <param name="launchProfileName">Its launch profile; null to do without one.</param>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder,
        string name,
        string projectPath,
        string? launchProfileName) =>
        builder.AddProject(name, projectPath, Profile(launchProfileName));

    /// <summary>Adds a project.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="projectPath">The path of its file; a relative one is taken from the AppHost's folder.</param>
    /// <param name="configure">Changes how it is added.</param>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder,
        string name,
        string projectPath,
        Action<ProjectResourceOptions> configure) =>
        builder.Add(name, new ProjectMetadata(Path.GetFullPath(Path.Combine(builder.AppHostDirectory, projectPath))), configure);

    /// <summary>Starts a project several times, behind one address.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);

    private static Action<ProjectResourceOptions> Profile(string? name) => options =>
    {
        options.ExcludeLaunchProfile = name is null;
        options.LaunchProfileName = name;
    };

    private static IResourceBuilder<ProjectResource> Add(
        this IDistributedApplicationBuilder builder,
        string name,
        IProjectMetadata metadata,
        Action<ProjectResourceOptions> configure)
    {
        var options = new ProjectResourceOptions();
        configure(options);
        var launch = ProjectLaunch.Of(metadata, builder, options);

        var project = builder.AddResource(new ProjectResource(name))
            .WithAnnotation(metadata)
            .WithAnnotation(launch)
            .WithAnnotation(new OtlpExporterAnnotation());
        project.WithOtlpExporter();
        AddEndpoints(project, launch.Profile);

        return project
            .WithEnvironment(context => SetVariables(context, launch, project.Resource))
            .WithArgs(context =>
            {
                foreach (var arg in CommandLine.Split(launch.Profile?.CommandLineArgs))
                {
                    context.Args.Add(arg);
                }
            });
    }

    // The ports of the profile are those that others connect to: the proxy's. Each process listens on one of its own.
    private static void AddEndpoints(IResourceBuilder<ProjectResource> project, LaunchProfile? profile)
    {
        var counts = new Dictionary<string, int>();
        const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (var url in (profile?.ApplicationUrl ?? "").Split(';', Clean))
        {
            // '*' and '+' stand for every address of the machine.
            var local = url.Replace("://*", "://localhost", StringComparison.Ordinal)
                .Replace("://+", "://localhost", StringComparison.Ordinal);
            if (!Uri.TryCreate(local, UriKind.Absolute, out var uri))
            {
                throw new DistributedApplicationException(
                    $"The launch profile of '{project.Resource.Name}' has an invalid address: '{url}'.");
            }

            var count = counts[uri.Scheme] = counts.GetValueOrDefault(uri.Scheme) + 1;
            var endpointName = count == 1 ? uri.Scheme : $"{uri.Scheme}{count}";
            project.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, uri.Scheme, name: endpointName, port: uri.Port));
        }
    }

    private static void SetVariables(EnvironmentCallbackContext context, ProjectLaunch launch, ProjectResource project)
    {
        var variables = context.EnvironmentVariables;
        foreach (var (name, value) in launch.Profile?.EnvironmentVariables ?? [])
        {
            variables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
        }

        if (launch.ProfileName is { } profile)
        {
            variables["DOTNET_LAUNCH_PROFILE"] = profile;
        }

        variables.TryAdd("LOGGING__CONSOLE__FORMATTERNAME", "simple");
        variables.TryAdd("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true");

        var listening = project.GetEndpoints()
            .Where(e => e.Scheme is "http" or "https" && e.EndpointAnnotation.EnvironmentVariable is null)
            .ToArray();
        if (listening.Length > 0)
        {
            var urls = new ReferenceExpressionBuilder();
            foreach (var endpoint in listening)
            {
                var (separator, host) = (urls.IsEmpty ? "" : ";", endpoint.EndpointAnnotation.TargetHost);
                urls.Append($"{separator}{endpoint.Scheme}://{host}:{endpoint.Property(EndpointProperty.TargetPort)}");
            }

            variables["ASPNETCORE_URLS"] = urls.Build();
        }

        if (Array.Find(listening, e => e.IsHttps) is { } https)
        {
            variables["ASPNETCORE_HTTPS_PORT"] = https.Property(EndpointProperty.Port);
        }
    }
}
