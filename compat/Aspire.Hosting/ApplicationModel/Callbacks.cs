using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Asked for environment variables before a process starts.</summary>
public class EnvironmentCallbackContext
{
    /// <param name="executionContext">The mode that the application runs in.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="environmentVariables">The variables so far.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public EnvironmentCallbackContext(
        DistributedApplicationExecutionContext executionContext,
        IResource resource,
        Dictionary<string, object>? environmentVariables = null,
        CancellationToken cancellationToken = default)
    {
        ExecutionContext = executionContext;
        Resource = resource;
        EnvironmentVariables = environmentVariables ?? [];
        CancellationToken = cancellationToken;
    }

    /// <summary>The variables: texts, or values that are resolved afterwards.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>The mode that the application runs in.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The resource's log.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Ends the wait.</summary>
    public CancellationToken CancellationToken { get; }
}

/// <summary>Gives environment variables.</summary>
public class EnvironmentCallbackAnnotation : IResourceAnnotation
{
    /// <param name="callback">Gives them.</param>
    public EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = callback;
    }

    /// <param name="callback">Gives them.</param>
    public EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = context =>
        {
            callback(context);
            return Task.CompletedTask;
        };
    }

    /// <summary>Gives them.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; }
}

/// <summary>Asked for arguments before a process starts.</summary>
public sealed class CommandLineArgsCallbackContext
{
    /// <param name="args">The arguments so far.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public CommandLineArgsCallbackContext(IList<object> args, IResource resource, CancellationToken cancellationToken = default)
    {
        Args = args;
        Resource = resource;
        CancellationToken = cancellationToken;
    }

    /// <summary>The arguments: texts, or values that are resolved afterwards.</summary>
    public IList<object> Args { get; }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>The mode that the application runs in.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; init; } = new(DistributedApplicationOperation.Run);

    /// <summary>The resource's log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Ends the wait.</summary>
    public CancellationToken CancellationToken { get; }
}

/// <summary>Gives arguments.</summary>
public class CommandLineArgsCallbackAnnotation : IResourceAnnotation
{
    /// <param name="callback">Gives them.</param>
    public CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = callback;
    }

    /// <param name="callback">Gives them.</param>
    public CommandLineArgsCallbackAnnotation(Action<IList<object>> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = context =>
        {
            callback(context.Args);
            return Task.CompletedTask;
        };
    }

    /// <summary>Gives them.</summary>
    public Func<CommandLineArgsCallbackContext, Task> Callback { get; }
}
