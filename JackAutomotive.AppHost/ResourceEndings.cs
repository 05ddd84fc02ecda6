using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.AppHost;

internal static partial class ResourceEndings
{
    /// <summary>
    /// Logs every resource that ends while the AppHost runs. The dashboard shows it as well, but nobody may be looking there; run.sh
    /// looks for the line while it waits for the start.
    /// </summary>
    public static void LogResourceEndings(this IDistributedApplicationBuilder builder) =>
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
