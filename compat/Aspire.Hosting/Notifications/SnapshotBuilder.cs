using System.Collections.Immutable;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Fills in those parts of a snapshot that follow from the model.</summary>
internal static class SnapshotBuilder
{
    public static CustomResourceSnapshot Initial(IResource resource)
    {
        var snapshot = resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
            ?? new CustomResourceSnapshot { ResourceType = TypeOf(resource), Properties = [] };

        return snapshot with
        {
            // Listed before they have run, so that a resource is not taken for healthy before it was looked at.
            HealthReports =
            [
                .. resource.Annotations.OfType<HealthCheckAnnotation>()
                    .OrderBy(a => a.Key, StringComparer.Ordinal)
                    .Select(a => new HealthReportSnapshot(a.Key, null, null, null)),
            ],
        };
    }

    public static CustomResourceSnapshot Complete(IResource resource, CustomResourceSnapshot snapshot, IServiceProvider services)
    {
        var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
        snapshot = snapshot with
        {
            Relationships = RelationshipsOf(resource),
            IconName = snapshot.IconName ?? icon?.IconName,
            IconVariant = snapshot.IconVariant ?? icon?.IconVariant,
        };

        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = services };
        return snapshot with
        {
            Commands =
            [
                .. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
                    c.Name,
                    c.UpdateState(context),
                    c.DisplayName,
                    c.DisplayDescription,
                    null,
                    c.ConfirmationMessage,
                    c.IconName,
                    c.IconVariant,
                    c.IsHighlighted)),
            ],
        };
    }

    /// <summary>The snapshot with a property set; a value of null removes it.</summary>
    public static CustomResourceSnapshot WithProperty(
        this CustomResourceSnapshot snapshot,
        string name,
        object? value,
        bool isSensitive = false)
    {
        var others = snapshot.Properties.RemoveAll(p => p.Name == name);
        return snapshot with
        {
            Properties = value is null ? others : others.Add(new ResourcePropertySnapshot(name, value) { IsSensitive = isSensitive }),
        };
    }

    public static string TypeOf(IResource resource) => resource switch
    {
        ProjectResource => KnownResourceTypes.Project,
        ContainerResource => KnownResourceTypes.Container,
        ExecutableResource => KnownResourceTypes.Executable,
        IResourceWithConnectionString and ParameterResource or ConnectionStringResource => KnownResourceTypes.ConnectionString,
        ParameterResource => KnownResourceTypes.Parameter,
        _ => WithoutSuffix(resource.GetType().Name),
    };

    private static string WithoutSuffix(string typeName) =>
        typeName.EndsWith("Resource", StringComparison.Ordinal) ? typeName[..^"Resource".Length] : typeName;

    private static ImmutableArray<RelationshipSnapshot> RelationshipsOf(IResource resource)
    {
        var relationships = resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Select(a => new RelationshipSnapshot(a.Resource.Name, a.Type));
        return [.. relationships.Distinct()];
    }
}
