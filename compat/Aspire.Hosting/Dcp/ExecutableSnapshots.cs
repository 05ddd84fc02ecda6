using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp.Model;

namespace Aspire.Hosting.Dcp;

/// <summary>Says of a process what the dashboard and waits want to know.</summary>
internal static class ExecutableSnapshots
{
    public static CustomResourceSnapshot Update(CustomResourceSnapshot snapshot, IResource resource, DcpExecutable executable)
    {
        var status = executable.Status;
        var state = StateOf(status?.State) ?? snapshot.State?.Text;

        snapshot = snapshot with
        {
            State = snapshot.State?.Text == state
                ? snapshot.State
                : new ResourceStateSnapshot(state ?? KnownResourceStates.Starting, StyleOf(state)),
            ExitCode = status?.ExitCode,
            CreationTimeStamp = executable.Metadata.CreationTimestamp?.ToUniversalTime(),
            StartTimeStamp = status?.StartupTimestamp?.ToUniversalTime(),
            StopTimeStamp = status?.FinishTimestamp?.ToUniversalTime(),
            EnvironmentVariables = EnvironmentOf(executable),
            Urls = UrlsOf(resource, isActive: state == KnownResourceStates.Running),
        };

        snapshot = snapshot
            .WithProperty(KnownPropertyNames.ExecutablePath, executable.Spec.ExecutablePath)
            .WithProperty(KnownPropertyNames.ExecutableWorkDir, executable.Spec.WorkingDirectory)
            .WithProperty(
                KnownPropertyNames.ExecutableArgs,
                (status?.EffectiveArgs ?? executable.Spec.Args ?? []).ToImmutableArray(),
                isSensitive: true)
            .WithProperty(KnownPropertyNames.ExecutablePid, status?.Pid is { } pid ? checked((int)pid) : null)
            .WithProperty(KnownPropertyNames.WaitingFor, null);

        return resource.TryGetLastAnnotation<ProjectLaunch>(out var launch)
            ? snapshot.WithProperty(KnownPropertyNames.ProjectPath, launch.ProjectPath)
                .WithProperty(KnownPropertyNames.ProjectLaunchProfile, launch.ProfileName)
            : snapshot;
    }

    public static ImmutableArray<UrlSnapshot> UrlsOf(IResource resource, bool isActive) =>
    [
        .. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(url => new UrlSnapshot(
            url.Endpoint?.EndpointName,
            url.Url,
            url.DisplayLocation == UrlDisplayLocation.DetailsOnly)
        {
            IsInactive = !isActive,
            DisplayProperties = new UrlDisplayPropertiesSnapshot(url.DisplayText ?? "", url.DisplayOrder ?? 0),
        }),
    ];

    private static string? StateOf(string? state) => state switch
    {
        null or "" or "Unknown" => null,
        "Terminated" => KnownResourceStates.Finished,
        _ => state,
    };

    private static string? StyleOf(string? state) => state == KnownResourceStates.FailedToStart ? KnownResourceStateStyles.Error : null;

    private static ImmutableArray<EnvironmentVariableSnapshot> EnvironmentOf(DcpExecutable executable)
    {
        var own = executable.Spec.Env?.Select(v => v.Name).ToHashSet() ?? [];
        var effective = executable.Status?.EffectiveEnv ?? executable.Spec.Env ?? [];
        return
        [
            .. effective.Where(v => v.Name is not null).OrderBy(v => v.Name, StringComparer.Ordinal)
                .Select(v => new EnvironmentVariableSnapshot(v.Name!, v.Value ?? "", own.Contains(v.Name))),
        ];
    }
}
