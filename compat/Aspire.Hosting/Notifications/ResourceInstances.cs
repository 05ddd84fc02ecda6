namespace Aspire.Hosting.ApplicationModel;

/// <summary>One process of a resource.</summary>
/// <param name="Name">The orchestrator's name of it: the resource's name and the suffix.</param>
/// <param name="Suffix">8 random letters; the service's instance id in telemetry too.</param>
/// <param name="Index">From 0.</param>
internal sealed record ResourceInstance(string Name, string Suffix, int Index);

/// <summary>The processes of a resource.</summary>
internal sealed record ResourceInstancesAnnotation(IReadOnlyList<ResourceInstance> Instances) : IResourceAnnotation;

internal static class ResourceInstanceExtensions
{
    /// <summary>The processes of a resource; none for a resource that is not a process.</summary>
    public static IReadOnlyList<ResourceInstance> GetInstances(this IResource resource) =>
        resource.TryGetLastAnnotation<ResourceInstancesAnnotation>(out var annotation) ? annotation.Instances : [];

    /// <summary>The names under which the resource's state is published: one for each process, or the resource's own.</summary>
    public static string[] GetResolvedResourceNames(this IResource resource) =>
        resource.GetInstances() is { Count: > 0 } instances ? [.. instances.Select(i => i.Name)] : [resource.Name];
}
