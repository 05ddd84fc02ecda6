using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Aspire.Hosting.Dcp.Model;

/// <summary>An object that the orchestrator keeps: what is wanted, and how it is.</summary>
internal abstract class DcpObject : IKubernetesObject<V1ObjectMeta>
{
    public const string Group = "usvc-dev.developer.microsoft.com";
    public const string Version = "v1";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Group}/{Version}";

    [JsonPropertyName("kind")]
    public abstract string Kind { get; set; }

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new() { Annotations = new Dictionary<string, string>() };
}

/// <summary>A process.</summary>
internal sealed class DcpExecutable : DcpObject
{
    public const string Plural = "executables";

    [JsonPropertyName("kind")]
    public override string Kind { get; set; } = "Executable";

    [JsonPropertyName("spec")]
    public ExecutableSpec Spec { get; set; } = new();

    [JsonPropertyName("status")]
    public ExecutableStatus? Status { get; set; }
}

internal sealed class ExecutableSpec
{
    [JsonPropertyName("executablePath")]
    public string? ExecutablePath { get; set; }

    [JsonPropertyName("workingDirectory")]
    public string? WorkingDirectory { get; set; }

    [JsonPropertyName("args")]
    public List<string>? Args { get; set; }

    [JsonPropertyName("env")]
    public List<EnvVar>? Env { get; set; }

    [JsonPropertyName("executionType")]
    public string? ExecutionType { get; set; }

    [JsonPropertyName("ambientEnvironment")]
    public AmbientEnvironment? AmbientEnvironment { get; set; }

    [JsonPropertyName("stop")]
    public bool? Stop { get; set; }
}

internal sealed class AmbientEnvironment
{
    [JsonPropertyName("behavior")]
    public string? Behavior { get; set; }
}

internal sealed class EnvVar
{
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    [JsonPropertyName("value")]
    public string? Value { get; set; }
}

internal sealed class ExecutableStatus
{
    [JsonPropertyName("state")]
    public string? State { get; set; }

    [JsonPropertyName("pid")]
    public long? Pid { get; set; }

    [JsonPropertyName("exitCode")]
    public int? ExitCode { get; set; }

    [JsonPropertyName("startupTimestamp")]
    public DateTime? StartupTimestamp { get; set; }

    [JsonPropertyName("finishTimestamp")]
    public DateTime? FinishTimestamp { get; set; }

    [JsonPropertyName("effectiveEnv")]
    public List<EnvVar>? EffectiveEnv { get; set; }

    [JsonPropertyName("effectiveArgs")]
    public List<string>? EffectiveArgs { get; set; }
}

/// <summary>An address with a proxy behind it.</summary>
internal sealed class DcpService : DcpObject
{
    public const string Plural = "services";

    [JsonPropertyName("kind")]
    public override string Kind { get; set; } = "Service";

    [JsonPropertyName("spec")]
    public ServiceSpec Spec { get; set; } = new();

    [JsonPropertyName("status")]
    public ServiceStatus? Status { get; set; }
}

internal sealed class ServiceSpec
{
    [JsonPropertyName("address")]
    public string? Address { get; set; }

    [JsonPropertyName("port")]
    public int? Port { get; set; }

    [JsonPropertyName("protocol")]
    public string Protocol { get; set; } = "TCP";

    [JsonPropertyName("addressAllocationMode")]
    public string AddressAllocationMode { get; set; } = "Localhost";
}

internal sealed class ServiceStatus
{
    [JsonPropertyName("state")]
    public string? State { get; set; }

    [JsonPropertyName("effectiveAddress")]
    public string? EffectiveAddress { get; set; }

    [JsonPropertyName("effectivePort")]
    public int? EffectivePort { get; set; }
}

/// <summary>Says which service a process serves, and at which port of its own.</summary>
internal sealed class ServiceProducer
{
    [JsonPropertyName("serviceName")]
    public required string ServiceName { get; init; }

    [JsonPropertyName("address")]
    public string? Address { get; init; }

    [JsonPropertyName("port")]
    public int? Port { get; init; }
}

/// <summary>What the orchestrator itself does.</summary>
internal sealed class DcpExecution
{
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    [JsonPropertyName("shutdownResourceCleanup")]
    public string? ShutdownResourceCleanup { get; set; }
}

internal static class ExecutableState
{
    public const string Running = "Running";
    public const string FailedToStart = "FailedToStart";

    public static bool IsOver(string? state) => state is "Finished" or "Terminated" or FailedToStart;
}
