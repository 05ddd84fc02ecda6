namespace Aspire.Hosting.ApplicationModel;

/// <summary>A program that is started with the application.</summary>
public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    /// <param name="name">The resource's name.</param>
    /// <param name="command">The program's path, or its name to be found on PATH.</param>
    /// <param name="workingDirectory">The folder it is started in.</param>
    public ExecutableResource(string name, string command, string workingDirectory)
        : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ArgumentNullException.ThrowIfNull(workingDirectory);
        Annotations.Add(new ExecutableAnnotation { Command = command, WorkingDirectory = workingDirectory });
    }

    /// <summary>The program's path, or its name to be found on PATH.</summary>
    public string Command => Annotations.OfType<ExecutableAnnotation>().Last().Command;

    /// <summary>The folder it is started in.</summary>
    public string WorkingDirectory => Annotations.OfType<ExecutableAnnotation>().Last().WorkingDirectory;
}

/// <summary>A .NET project that is started with the application.</summary>
/// <param name="name">The resource's name.</param>
public class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

/// <summary>A server that the genuine package runs in a container.</summary>
/// <remarks>Here it runs as a local process, for which its <see cref="ExecutableAnnotation"/> says what to start.</remarks>
/// <param name="name">The resource's name.</param>
/// <param name="entrypoint">Not used: a local process has none.</param>
public class ContainerResource(string name, string? entrypoint = null)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    /// <summary>The program that the container starts.</summary>
    public string? Entrypoint { get; set; } = entrypoint;
}
