using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource, or one replica of it, as it is at a moment.</summary>
public sealed record CustomResourceSnapshot
{

    /// <summary>What kind of resource it is.</summary>
    public required string ResourceType { get; init; }

    /// <summary>What is known about it, by name.</summary>
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>When it began to run.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When it ended.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>What it does at the moment.</summary>
    public ResourceStateSnapshot? State
    {
        get;
        init
        {
            field = value;
            HealthStatus = ComputeHealthStatus(HealthReports, value?.Text);
        }
    }

    /// <summary>The exit code of a process that has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>How well it is; null while it does not run.</summary>
    public HealthStatus? HealthStatus { get; private init; }

    /// <summary>What its health checks said last.</summary>
    public ImmutableArray<HealthReportSnapshot> HealthReports
    {
        get;
        internal init
        {
            field = value;
            HealthStatus = ComputeHealthStatus(value, State?.Text);
        }
    } = [];

    /// <summary>Its environment variables.</summary>
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    /// <summary>Its addresses.</summary>
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    /// <summary>Its relations to other resources.</summary>
    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    /// <summary>What can be done with it.</summary>
    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    /// <summary>True to leave it out where resources are listed.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The name of its icon in the Fluent UI set.</summary>
    public string? IconName { get; init; }

    /// <summary>The form of its icon.</summary>
    public IconVariant? IconVariant { get; init; }

    // Completes when the handlers of ResourceReadyEvent have run.
    internal Task? ResourceReady { get; init; }

    private static HealthStatus? ComputeHealthStatus(ImmutableArray<HealthReportSnapshot> reports, string? state)
    {
        if (state != KnownResourceStates.Running)
        {
            return null;
        }

        // A check that has not run yet counts as failed.
        return reports.IsEmpty
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : reports.Min(report => report.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
    }
}

/// <summary>What a resource does at a moment.</summary>
/// <param name="Text">One of <see cref="KnownResourceStates"/>, or another text.</param>
/// <param name="Style">One of <see cref="KnownResourceStateStyles"/>.</param>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state without a style.</summary>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <summary>An environment variable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsFromSpec">False if it was inherited.</param>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>An address.</summary>
/// <param name="Name">The name of the endpoint it belongs to.</param>
/// <param name="Url">The address.</param>
/// <param name="IsInternal">True to show it in the details only.</param>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    /// <summary>True while nobody answers there.</summary>
    public bool IsInactive { get; init; }

    /// <summary>How it is shown.</summary>
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

/// <summary>How an address is shown.</summary>
/// <param name="DisplayName">The text that stands for it.</param>
/// <param name="SortOrder">Higher ones come first.</param>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>Something known about a resource.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value: text, number, time, or a list of texts or numbers.</param>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    /// <summary>True to mask the value.</summary>
    public bool IsSensitive { get; init; }
}

/// <summary>What a health check said.</summary>
/// <param name="Name">The check's key.</param>
/// <param name="Status">Its result; null if it has not run yet.</param>
/// <param name="Description">What it said.</param>
/// <param name="ExceptionText">The exception that it failed with.</param>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    /// <summary>When it ran, in UTC.</summary>
    public DateTime? LastRunAt { get; init; }
}

/// <summary>A relation to another resource.</summary>
/// <param name="ResourceName">The other resource.</param>
/// <param name="Type">What kind of relation it is, such as <c>Reference</c>.</param>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>Something that can be done with a resource.</summary>
/// <param name="Name">The command's name.</param>
/// <param name="State">Whether it can be done now.</param>
/// <param name="DisplayName">Its name as shown.</param>
/// <param name="DisplayDescription">What it does.</param>
/// <param name="Parameter">Not used.</param>
/// <param name="ConfirmationMessage">What is asked before it is done.</param>
/// <param name="IconName">The name of its icon.</param>
/// <param name="IconVariant">The form of its icon.</param>
/// <param name="IsHighlighted">True to show it as a button of its own.</param>
public sealed record ResourceCommandSnapshot(
    string Name,
    ResourceCommandState State,
    string DisplayName,
    string? DisplayDescription,
    object? Parameter,
    string? ConfirmationMessage,
    string? IconName,
    IconVariant? IconVariant,
    bool IsHighlighted);

/// <summary>The form of an icon.</summary>
public enum IconVariant
{
    /// <summary>Outlined.</summary>
    Regular,

    /// <summary>Filled.</summary>
    Filled,
}
