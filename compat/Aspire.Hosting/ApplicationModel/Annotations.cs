namespace Aspire.Hosting.ApplicationModel;

/// <summary>Names a health check that tells how well the resource is.</summary>
/// <param name="key">The name that the check is registered by.</param>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    /// <summary>The name that the check is registered by.</summary>
    public string Key { get; } = key;
}

/// <summary>How often a project is started.</summary>
/// <param name="replicas">The number of processes.</param>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    /// <summary>The number of processes.</summary>
    public int Replicas { get; } = replicas;
}

/// <summary>A relation to another resource, shown to the user.</summary>
/// <param name="resource">The other resource.</param>
/// <param name="type">What kind of relation it is.</param>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    /// <summary>The other resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What kind of relation it is.</summary>
    public string Type { get; } = type;
}

/// <summary>What a resource shows before anything is known about it.</summary>
/// <param name="initialSnapshot">The snapshot.</param>
public class ResourceSnapshotAnnotation(CustomResourceSnapshot initialSnapshot) : IResourceAnnotation
{
    /// <summary>The snapshot.</summary>
    public CustomResourceSnapshot InitialSnapshot { get; } = initialSnapshot;
}

/// <summary>The resource is started by the user, not with the application.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>The program that a resource is.</summary>
public sealed class ExecutableAnnotation : IResourceAnnotation
{
    /// <summary>Its path, or its name to be found on PATH.</summary>
    public required string Command { get; set; }

    /// <summary>The folder it is started in.</summary>
    public required string WorkingDirectory { get; set; }
}

/// <summary>The resource sends telemetry to the dashboard.</summary>
public class OtlpExporterAnnotation : IResourceAnnotation;

/// <summary>The icon that is shown for the resource.</summary>
/// <param name="iconName">Its name in the Fluent UI set.</param>
/// <param name="iconVariant">Its form.</param>
public sealed class ResourceIconAnnotation(string iconName, IconVariant iconVariant = IconVariant.Filled) : IResourceAnnotation
{
    /// <summary>Its name in the Fluent UI set.</summary>
    public string IconName { get; } = iconName;

    /// <summary>Its form.</summary>
    public IconVariant IconVariant { get; } = iconVariant;
}

/// <summary>What a resource waits for in another one.</summary>
public enum WaitType
{
    /// <summary>That it runs and is healthy.</summary>
    WaitUntilHealthy,

    /// <summary>That it has ended.</summary>
    WaitForCompletion,

    /// <summary>That it runs.</summary>
    WaitUntilStarted,
}

/// <summary>What happens when a resource that is waited for fails.</summary>
public enum WaitBehavior
{
    /// <summary>The wait goes on: the user may start it again.</summary>
    WaitOnResourceUnavailable,

    /// <summary>The wait fails.</summary>
    StopOnResourceUnavailable,
}

/// <summary>The resource starts after another one.</summary>
/// <param name="resource">The other one.</param>
/// <param name="waitType">What is waited for.</param>
/// <param name="exitCode">The exit code that a completion must have.</param>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    /// <summary>The other one.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What is waited for.</summary>
    public WaitType WaitType { get; } = waitType;

    /// <summary>What happens when the other one fails; null for the application's default.</summary>
    public WaitBehavior? WaitBehavior { get; init; }

    /// <summary>The exit code that a completion must have.</summary>
    public int ExitCode { get; } = exitCode;
}
