using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.AppHost;

internal static partial class StoppedResources
{
    /// <summary>
    /// Logs every resource that stops while the AppHost runs. The dashboard shows the stop too, but a developer may not have it open.
    /// run.sh waits for the words "has ended (" during the start, so keep them.
    /// </summary>
    public static void LogStoppedResources(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<ResourceStoppedEvent>((stopped, _) =>
        {
            if (!stopped.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
            {
                var logger = stopped.Services.GetRequiredService<ILoggerFactory>().CreateLogger("JackAutomotive.AppHost");
                var snapshot = stopped.ResourceEvent.Snapshot;
                LogEnded(logger, stopped.ResourceEvent.ResourceId, snapshot.State?.Text, snapshot.ExitCode);
            }

            return Task.CompletedTask;
        });

    [LoggerMessage(LogLevel.Error, "{Resource} has ended ({State}, exit code {ExitCode}). Its console log on the dashboard says why.")]
    private static partial void LogEnded(ILogger logger, string resource, string? state, int? exitCode);
}
