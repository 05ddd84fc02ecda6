namespace Aspire.Hosting.ApplicationModel;

/// <summary>The states that have a meaning to the host.</summary>
public static class KnownResourceStates
{
    /// <summary>A parameter that was not given.</summary>
    public static readonly string ValueMissing = "ValueMissing";

    /// <summary>A process that could not be started.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);

    /// <summary>About to run.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>Running.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>Waiting for the container engine.</summary>
    public static readonly string RuntimeUnhealthy = nameof(RuntimeUnhealthy);

    /// <summary>Being stopped.</summary>
    public static readonly string Stopping = nameof(Stopping);

    /// <summary>Ended.</summary>
    public static readonly string Exited = nameof(Exited);

    /// <summary>Ended by itself or by a stop.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>Waiting for another resource.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>Starts when asked to.</summary>
    public static readonly string NotStarted = nameof(NotStarted);

    /// <summary>There, without running.</summary>
    public static readonly string Active = nameof(Active);

    /// <summary>The states after which nothing more happens by itself.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];

    internal static bool IsTerminal(string? state) => state is not null && TerminalStates.Contains(state);
}

/// <summary>The styles of states.</summary>
public static class KnownResourceStateStyles
{
    /// <summary>Something failed.</summary>
    public static readonly string Error = "error";

    /// <summary>All is well.</summary>
    public static readonly string Success = "success";

    /// <summary>Something happens.</summary>
    public static readonly string Info = "info";

    /// <summary>Something needs a look.</summary>
    public static readonly string Warn = "warning";
}

/// <summary>The commands that every process has.</summary>
public static class KnownResourceCommands
{
    /// <summary>Starts it.</summary>
    public static readonly string StartCommand = "resource-start";

    /// <summary>Stops it.</summary>
    public static readonly string StopCommand = "resource-stop";

    /// <summary>Stops and starts it.</summary>
    public static readonly string RestartCommand = "resource-restart";
}

/// <summary>Properties of snapshots with a meaning to the dashboard.</summary>
public static class CustomResourceKnownProperties
{
    /// <summary>Where the resource comes from.</summary>
    public static string Source { get; } = "resource.source";

    /// <summary>The resource's connection string.</summary>
    public static string ConnectionString { get; } = "resource.connectionString";
}

internal static class KnownResourceTypes
{
    public const string Project = "Project";
    public const string Executable = "Executable";
    public const string Container = "Container";
    public const string Parameter = "Parameter";
    public const string ConnectionString = "ConnectionString";
}

internal static class KnownRelationshipTypes
{
    public const string Parent = "Parent";
    public const string Reference = "Reference";
    public const string WaitFor = "WaitFor";
}

internal static class KnownPropertyNames
{
    public const string ExecutablePath = "executable.path";
    public const string ExecutableWorkDir = "executable.workDir";
    public const string ExecutableArgs = "executable.args";
    public const string ExecutablePid = "executable.pid";
    public const string ProjectPath = "project.path";
    public const string ProjectLaunchProfile = "project.launchProfile";
    public const string ParentName = "resource.parentName";
    public const string AppArgs = "resource.appArgs";
    public const string AppArgsSensitivity = "resource.appArgsSensitivity";
    public const string ConnectionString = "resource.connectionString";
    public const string WaitingFor = "resource.waitingFor";
    public const string ParameterValue = "Value";
    public const string Source = "resource.source";
}
