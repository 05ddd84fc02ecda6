using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.V1;
using Google.Protobuf.WellKnownTypes;
using HealthReport = Aspire.Hosting.Dashboard.V1.HealthReport;
using HealthStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;
using HealthStatusMessage = Aspire.Hosting.Dashboard.V1.HealthStatus;
using IconVariantMessage = Aspire.Hosting.Dashboard.V1.IconVariant;
using ResourceCommandStateMessage = Aspire.Hosting.Dashboard.V1.ResourceCommandState;
using ResourceMessage = Aspire.Hosting.Dashboard.V1.Resource;

namespace Aspire.Hosting.Dashboard;

/// <summary>Says in the dashboard's words how a resource is.</summary>
internal static class ResourceMessages
{
    // What is no process, such as a parameter, is not created at any time of its own; the dashboard fails without one.
    private static readonly DateTime s_created = DateTime.UtcNow;

    public static ResourceMessage From(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        var message = new ResourceMessage
        {
            Name = change.ResourceId,
            Uid = change.ResourceId,
            DisplayName = change.Resource.Name,
            ResourceType = snapshot.ResourceType,
            IsHidden = snapshot.IsHidden,
            SupportsDetailedTelemetry = change.Resource.Annotations.OfType<OtlpExporterAnnotation>().Any(),
            CreatedAt = Time(snapshot.CreationTimeStamp ?? s_created),
            StartedAt = Time(snapshot.StartTimeStamp),
            StoppedAt = Time(snapshot.StopTimeStamp),
        };

        // Optional texts: null may not be assigned, so what is absent is left out.
        if (snapshot.State is { } state)
        {
            message.State = state.Text;
            if (state.Style is { } style)
            {
                message.StateStyle = style;
            }
        }

        if (snapshot.IconName is { } icon)
        {
            message.IconName = icon;
            message.IconVariant = Icon(snapshot.IconVariant);
        }

        message.Environment.AddRange(snapshot.EnvironmentVariables.Select(Variable));
        message.Urls.AddRange(snapshot.Urls.Select(Address));
        message.HealthReports.AddRange(snapshot.HealthReports.Select(Health));
        message.Relationships.AddRange(snapshot.Relationships.Select(Relationship));
        message.Commands.AddRange(snapshot.Commands.Select(Command));
        message.Properties.AddRange(CommonProperties(message, snapshot));
        message.Properties.AddRange(snapshot.Properties.Select(p => Property(p.Name, ToValue(p.Value), p.IsSensitive)));
        return message;
    }

    // What every resource has, under the names by which the dashboard's details pane knows to label it.
    private static IEnumerable<ResourceProperty> CommonProperties(ResourceMessage message, CustomResourceSnapshot snapshot)
    {
        yield return Property("resource.uid", ToValue(message.Uid));
        yield return Property("resource.name", ToValue(message.Name));
        yield return Property("resource.type", ToValue(message.ResourceType));
        yield return Property("resource.displayName", ToValue(message.DisplayName));
        yield return Property("resource.state", ToValue(snapshot.State?.Text));
        yield return Property("resource.exitCode", ToValue(snapshot.ExitCode));
        yield return Property("resource.createTime", ToValue(snapshot.CreationTimeStamp));
        yield return Property("resource.startTime", ToValue(snapshot.StartTimeStamp));
        yield return Property("resource.stopTime", ToValue(snapshot.StopTimeStamp));
        yield return Property("resource.healthState", ToValue(snapshot.HealthStatus?.ToString()));
    }

    private static ResourceProperty Property(string name, Value value, bool isSensitive = false) =>
        new() { Name = name, Value = value, IsSensitive = isSensitive };

    private static ResourceRelationship Relationship(RelationshipSnapshot relationship) =>
        new() { ResourceName = relationship.ResourceName, Type = relationship.Type };

    private static EnvironmentVariable Variable(EnvironmentVariableSnapshot variable)
    {
        var message = new EnvironmentVariable { Name = variable.Name, IsFromSpec = variable.IsFromSpec };
        if (variable.Value is { } value)
        {
            message.Value = value;
        }

        return message;
    }

    private static Url Address(UrlSnapshot url)
    {
        var message = new Url
        {
            FullUrl = url.Url,
            IsInternal = url.IsInternal,
            IsInactive = url.IsInactive,
            DisplayProperties = new UrlDisplayProperties
            {
                DisplayName = url.DisplayProperties.DisplayName,
                SortOrder = url.DisplayProperties.SortOrder,
            },
        };
        if (url.Name is { } name)
        {
            message.EndpointName = name;
        }

        return message;
    }

    private static HealthReport Health(HealthReportSnapshot report)
    {
        var message = new HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? "",
            Exception = report.ExceptionText ?? "",
            LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                HealthStatus.Healthy => HealthStatusMessage.Healthy,
                HealthStatus.Degraded => HealthStatusMessage.Degraded,
                _ => HealthStatusMessage.Unhealthy,
            };
        }

        return message;
    }

    private static ResourceCommand Command(ResourceCommandSnapshot command)
    {
        var message = new ResourceCommand
        {
            Name = command.Name,
            DisplayName = command.DisplayName,
            IsHighlighted = command.IsHighlighted,
            State = command.State switch
            {
                ApplicationModel.ResourceCommandState.Enabled => ResourceCommandStateMessage.Enabled,
                ApplicationModel.ResourceCommandState.Disabled => ResourceCommandStateMessage.Disabled,
                _ => ResourceCommandStateMessage.Hidden,
            },
        };
        if (command.DisplayDescription is { } description)
        {
            message.DisplayDescription = description;
        }

        if (command.ConfirmationMessage is { } confirmation)
        {
            message.ConfirmationMessage = confirmation;
        }

        if (command.IconName is { } icon)
        {
            message.IconName = icon;
            message.IconVariant = Icon(command.IconVariant);
        }

        return message;
    }

    private static IconVariantMessage Icon(ApplicationModel.IconVariant? variant) =>
        variant is ApplicationModel.IconVariant.Filled ? IconVariantMessage.Filled : IconVariantMessage.Regular;

    private static Timestamp? Time(DateTime? time) => time is { } known ? Timestamp.FromDateTime(known.ToUniversalTime()) : null;

    private static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        bool truth => Value.ForBool(truth),
        DateTime time => Value.ForString(time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
        int or long or double => Value.ForNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        IEnumerable items => Value.ForList([.. items.Cast<object?>().Select(ToValue)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };
}
