using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>
/// Adds a background service that fails to a service of the product that runs as a process of its own. .NET calls <see cref="Initialize"/>
/// before the program if the variable <c>DOTNET_STARTUP_HOOKS</c> names this assembly; the name of this class is fixed and has no namespace.
/// </summary>
internal static class StartupHook
{
    /// <summary>The variable that chooses the fault: <c>fails</c>, or <c>fails and hangs</c>.</summary>
    public const string Fault = "JACK_TEST_FAULT";

    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
    {
        if (listener.Name == "Microsoft.Extensions.Hosting")
        {
            listener.Subscribe(new Observer<KeyValuePair<string, object?>>(hosting =>
            {
                if (hosting is { Key: "HostBuilding", Value: IHostBuilder builder })
                {
                    builder.ConfigureServices(services => services.AddHostedService<FaultyService>());
                }
            }));
        }
    }));

    private sealed class Observer<T>(Action<T> onNext) : IObserver<T>
    {
        public void OnNext(T value) => onNext(value);

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }

    private sealed class FaultyService(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            throw new InvalidOperationException("broken on purpose");
        }

        public override void Dispose()
        {
            if (Environment.GetEnvironmentVariable(Fault) == "fails and hangs")
            {
                Thread.Sleep(Timeout.Infinite);
            }

            base.Dispose();
        }
    }
}
