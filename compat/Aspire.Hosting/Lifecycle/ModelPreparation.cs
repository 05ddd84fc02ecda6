using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;

namespace Aspire.Hosting.Lifecycle;

/// <summary>Completes the model before anything is started.</summary>
internal static class ModelPreparation
{
    private const int SuffixLength = 8;
    private const string SuffixLetters = "abcdefghjkmnpqrstuvwxyz";

    /// <summary>True for a resource that runs as processes of its own.</summary>
    public static bool IsProcess(this IResource resource) => resource is ProjectResource or ExecutableResource or ContainerResource;

    public static void Prepare(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources)
        {
            if (resource.IsProcess())
            {
                resource.Annotations.Add(new ResourceInstancesAnnotation(
                    [.. Enumerable.Range(0, resource.GetReplicaCount()).Select(index => NewInstance(resource, index))]));

                if (resource.Name != DashboardResource.Name)
                {
                    LifecycleCommands.AddTo(resource);
                }
            }

            if (resource is IResourceWithParent { Parent: var parent })
            {
                resource.Annotations.Add(new ResourceRelationshipAnnotation(parent, KnownRelationshipTypes.Parent));
            }
        }
    }

    /// <summary>The resource that this one is shown below.</summary>
    public static IResource? ParentOf(IResource resource) =>
        resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(r => r.Type == KnownRelationshipTypes.Parent)?.Resource;

    // Random, so that the processes of several runs can be told apart; the suffix is the instance's id in telemetry too.
    private static ResourceInstance NewInstance(IResource resource, int index)
    {
        var suffix = new string(RandomNumberGenerator.GetItems<char>(SuffixLetters, SuffixLength));
        return new ResourceInstance($"{resource.Name}-{suffix}", suffix, index);
    }
}
