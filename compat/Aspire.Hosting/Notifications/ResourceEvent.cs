namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource's state changed.</summary>
/// <param name="resource">The resource.</param>
/// <param name="resourceId">The name of its instance; the resource's name where there is but one.</param>
/// <param name="snapshot">What it is like now.</param>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The name of its instance; the resource's name where there is but one.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>What it is like now.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
