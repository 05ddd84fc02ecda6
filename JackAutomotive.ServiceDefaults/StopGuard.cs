using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Makes every end of the service visible and final. If a background service has failed, the log says which one and why, and the exit code
/// is 1. A process that has not ended some time after its stop began is ended, so that it does not hold its port without answering.
/// </summary>
internal sealed partial class StopGuard(
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> options,
    ILogger<StopGuard> logger) : IHostedService, IDisposable
{
    /// <summary>The exit code of a service that a fault ends.</summary>
    internal const int FaultExitCode = 1;

    private const string Switch = "JackAutomotive.StopGuard";

    // After a fault there is no reason to wait for work that may hang for the same reason.
    private static readonly TimeSpan s_faultLimit = TimeSpan.FromSeconds(10);

    // The framework's own limit comes first. It covers the services' stop, but not their disposal.
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    private CancellationTokenRegistration _registration;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = lifetime.ApplicationStopping.Register(OnStopping);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registration.Dispose();

    private void OnStopping()
    {
        var failed = services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Where(service => service.ExecuteTask is { IsFaulted: true })
            .ToList();
        foreach (var service in failed)
        {
            LogFault(service.GetType().Name, service.ExecuteTask!.Exception!.InnerException);
        }

        // Tests run services inside their own process, which must not end. Only the programs of the services have the switch.
        if (!AppContext.TryGetSwitch(Switch, out var isProgram) || !isProgram)
        {
            return;
        }

        if (failed.Count > 0)
        {
            Environment.ExitCode = FaultExitCode;
        }

        var limit = failed.Count > 0 ? s_faultLimit : options.Value.ShutdownTimeout + s_margin;
        new Thread(() => EndAfter(limit)) { IsBackground = true, Name = "stop guard" }.Start();
    }

    // The thread is a background thread: it does not keep a process alive that ends in time.
    private void EndAfter(TimeSpan limit)
    {
        Thread.Sleep(limit);
        LogNotEnded(limit.TotalSeconds);
        Environment.Exit(FaultExitCode);
    }

    [LoggerMessage(
        EventId = 3103,
        EventName = "ServiceFailed",
        Level = LogLevel.Critical,
        Message = "The service stops, because {BackgroundService} has failed")]
    private partial void LogFault(string backgroundService, Exception? exception);

    [LoggerMessage(
        EventId = 3104,
        EventName = "ServiceDoesNotEnd",
        Level = LogLevel.Critical,
        Message = "The service has not ended {Seconds:0} s after its stop began, and is ended now")]
    private partial void LogNotEnded(double seconds);
}
