using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Copies what the resources log to the AppHost's own log, under <c>{AppHost}.Resources.{resource}</c>.</summary>
internal sealed class ResourceLogForwarder(
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IHostEnvironment environment,
    ILoggerFactory loggers) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var followed = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in notifications.WatchAsync(stoppingToken).ConfigureAwait(false))
            {
                if (followed.Add(change.ResourceId))
                {
                    _ = Task.Run(() => FollowAsync(change.Resource.Name, change.ResourceId, stoppingToken), CancellationToken.None);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    private async Task FollowAsync(string resource, string instance, CancellationToken stoppingToken)
    {
        var logger = loggers.CreateLogger($"{environment.ApplicationName}.Resources.{resource}");
        await foreach (var lines in logs.WatchAsync(instance).WithCancellation(stoppingToken).ConfigureAwait(false))
        {
            foreach (var line in lines)
            {
                logger.Log(
                    line.IsErrorMessage ? LogLevel.Error : LogLevel.Information,
                    "{LineNumber}: {LineContent}",
                    line.LineNumber,
                    line.Content);
            }
        }
    }
}
