using System.Reflection;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's entry point, run on a thread of its own and held where it builds its application.</summary>
internal sealed class EntryPointRun(
    Assembly appHost,
    string[] args,
    Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
{
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _described =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DistributedApplicationBuilder? _builder;

    /// <summary>The application, once it was built.</summary>
    public DistributedApplication? Application => _built.Task.IsCompletedSuccessfully ? _built.Task.Result : null;

    /// <summary>Runs the entry point until it asks for its application.</summary>
    /// <exception cref="InvalidOperationException">It ended without asking.</exception>
    public async Task<DistributedApplicationBuilder> StartAsync(CancellationToken cancellationToken)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"{appHost.GetName().Name} entry point" };
        thread.Start();
        return await _described.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the entry point build.</summary>
    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();
        return await _built.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the entry point end without an application, if it has not built one.</summary>
    public void Abandon() => _mayBuild.TrySetCanceled();

    private void Run()
    {
        AppHostEntryPoint.Current = new AppHostEntryPoint
        {
            Creating = Configure,
            Created = builder => _builder = builder,
            Building = HoldBeforeBuild,
            Built = application => _built.TrySetResult(application),
        };

        try
        {
            var entryPoint = appHost.EntryPoint ?? throw new InvalidOperationException($"{appHost.GetName().Name} has no entry point.");
            object?[]? arguments = entryPoint.GetParameters().Length == 0 ? null : [args];
            entryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
            Fail(new InvalidOperationException($"The entry point of {appHost.GetName().Name} ended without building an application."));
        }
        catch (Exception exception)
        {
            // Whatever it is, the test that waits has to see it: nobody else is above this thread.
            Fail(exception);
        }
    }

    private void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        TestingDefaults.Apply(appHost, options, settings);
        configureBuilder(options, settings);
    }

    private void HoldBeforeBuild()
    {
        _described.TrySetResult(_builder!);
        _mayBuild.Task.GetAwaiter().GetResult();
    }

    private void Fail(Exception exception)
    {
        _described.TrySetException(exception);
        _built.TrySetException(exception);
    }
}
