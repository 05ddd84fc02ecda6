using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Lifecycle;

/// <summary>
/// An AppHost's entry point that a test runs. It flows with the entry point's execution context, so that several can run
/// side by side in one process; the builder, the application and <c>Run()</c> report to it.
/// </summary>
internal sealed class AppHostEntryPoint
{
    private static readonly AsyncLocal<AppHostEntryPoint?> s_current = new();

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static AppHostEntryPoint? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }

    /// <summary>Called with the options before anything is made of them.</summary>
    public required Action<DistributedApplicationOptions, HostApplicationBuilderSettings> Creating { get; init; }

    /// <summary>Called with the builder when it is complete.</summary>
    public required Action<DistributedApplicationBuilder> Created { get; init; }

    /// <summary>Called when the entry point asks for the application; returns when it may be built.</summary>
    public required Action Building { get; init; }

    /// <summary>Called with the application.</summary>
    public required Action<DistributedApplication> Built { get; init; }

    public Task WaitForEndAsync(CancellationToken cancellationToken) => _end.Task.WaitAsync(cancellationToken);

    /// <summary>Lets <c>Run()</c> return.</summary>
    public void End() => _end.TrySetResult();
}
