using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp.Model;

namespace Aspire.Hosting.Dcp;

/// <summary>Describes a process to the orchestrator: program, arguments, environment, and the endpoints it serves.</summary>
internal sealed class ExecutableFactory(DistributedApplicationExecutionContext executionContext, ResourceLoggerService loggers)
{
    /// <exception cref="DistributedApplicationException">The resource cannot be started as it is.</exception>
    public async Task<DcpExecutable> CreateAsync(IResource resource, ResourceInstance instance, CancellationToken cancellationToken)
    {
        var (program, folder, leading) = ProgramOf(resource);
        var arguments = await ArgumentsAsync(resource, cancellationToken).ConfigureAwait(false);
        var environment = await EnvironmentAsync(resource, cancellationToken).ConfigureAwait(false);

        var executable = new DcpExecutable();
        executable.Metadata.Name = instance.Name;
        executable.Spec.ExecutablePath = program;
        executable.Spec.WorkingDirectory = folder;
        executable.Spec.ExecutionType = "Process";
        executable.Spec.Args = [.. leading, .. arguments];
        executable.Spec.Env = [.. environment.Select(v => new EnvVar { Name = v.Key, Value = v.Value })];
        Annotate(executable, resource, instance, arguments);
        return executable;
    }

    private static void Annotate(DcpExecutable executable, IResource resource, ResourceInstance instance, List<string> arguments)
    {
        var annotations = executable.Metadata.Annotations;
        annotations["resource-name"] = resource.Name;
        annotations["otel-service-name"] = resource.Name;
        annotations["otel-service-instance-id"] = instance.Suffix;
        annotations["resource-replica-count"] = resource.GetReplicaCount().ToString(CultureInfo.InvariantCulture);
        annotations["resource-replica-index"] = instance.Index.ToString(CultureInfo.InvariantCulture);
        annotations["resource-app-args"] = JsonSerializer.Serialize(arguments);

        var served = resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => new ServiceProducer
        {
            ServiceName = ServiceAllocator.ServiceName(resource, endpoint),
            Address = endpoint.TargetHost,
            Port = endpoint.TargetPort,
        }).ToArray();
        if (served.Length > 0)
        {
            annotations["service-producer"] = JsonSerializer.Serialize(served, DcpJson.WithoutNulls);
        }
    }

    private static (string Program, string Folder, string[] Arguments) ProgramOf(IResource resource)
    {
        if (resource.TryGetLastAnnotation<ProjectLaunch>(out var launch))
        {
            return ProgramOf(resource, launch);
        }

        if (!resource.TryGetLastAnnotation<ExecutableAnnotation>(out var executable))
        {
            throw new DistributedApplicationException($"Resource '{resource.Name}' needs a container: build with -p:UseCompat=false.");
        }

        return Directory.Exists(executable.WorkingDirectory)
            ? (executable.Command, executable.WorkingDirectory, [])
            : throw new DistributedApplicationException(
                $"The working directory of resource '{resource.Name}' does not exist: '{executable.WorkingDirectory}'.");
    }

    // The build's output itself: it starts faster than 'dotnet run', and its process is the service's own.
    private static (string Program, string Folder, string[] Arguments) ProgramOf(IResource resource, ProjectLaunch launch)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        if (launch.TargetPath is null)
        {
            return (dotnet, launch.Directory, ["run", "--project", launch.ProjectPath, "--no-launch-profile", "--"]);
        }

        return File.Exists(launch.TargetPath)
            ? (dotnet, launch.Directory, [launch.TargetPath])
            : throw new DistributedApplicationException(
                $"Resource '{resource.Name}' has not been built: '{launch.TargetPath}' does not exist. "
                + "Build the AppHost, which builds it too.");
    }

    private async Task<List<string>> ArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var values = new List<object>();
        var context = new CommandLineArgsCallbackContext(values, resource, cancellationToken)
        {
            ExecutionContext = executionContext,
            Logger = loggers.GetLogger(resource),
        };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context).ConfigureAwait(false);
        }

        var arguments = new List<string>();
        foreach (var value in values)
        {
            if (await ResolveAsync(value, resource, cancellationToken).ConfigureAwait(false) is { } argument)
            {
                arguments.Add(argument);
            }
        }

        return arguments;
    }

    private async Task<SortedDictionary<string, string>> EnvironmentAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken)
        {
            Logger = loggers.GetLogger(resource),
        };
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context).ConfigureAwait(false);
        }

        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await ResolveAsync(value, resource, cancellationToken).ConfigureAwait(false) is { } text)
            {
                environment[name] = text;
            }
        }

        return environment;
    }

    private async ValueTask<string?> ResolveAsync(object value, IResource resource, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IValueProvider provider =>
            await provider.GetValueAsync(
                new ValueProviderContext { Caller = resource, ExecutionContext = executionContext },
                cancellationToken).ConfigureAwait(false),
        IResourceBuilder<IResource> { Resource: IValueProvider provider } =>
            await provider.GetValueAsync(cancellationToken).ConfigureAwait(false),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}

internal static class DcpJson
{
    public static JsonSerializerOptions WithoutNulls { get; } = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
