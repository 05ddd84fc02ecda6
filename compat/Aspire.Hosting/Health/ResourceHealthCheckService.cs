using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Health;

/// <summary>Runs the health checks of resources that run, and says when each is ready.</summary>
internal sealed class ResourceHealthCheckService(
    ResourceNotificationService notifications,
    HealthCheckService healthChecks,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    TimeProvider time,
    ILogger<ResourceHealthCheckService> logger) : BackgroundService
{
    private static readonly TimeSpan s_healthyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_slowestRetry = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<IResource, Monitor> _monitors = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var item in notifications.WatchAsync(stoppingToken).ConfigureAwait(false))
            {
                var monitor = _monitors.GetOrAdd(item.Resource, _ => new Monitor());
                var runs = item.Snapshot.State?.Text == KnownResourceStates.Running;
                if (runs && monitor.Running.Add(item.ResourceId) && monitor.Running.Count == 1)
                {
                    monitor.Start(token => MonitorAsync(item.Resource, token), stoppingToken);
                }
                else if (!runs && monitor.Running.Remove(item.ResourceId) && monitor.Running.Count == 0)
                {
                    monitor.Stop();
                    await ForgetReadinessAsync(item.Resource).ConfigureAwait(false);
                }
                else if (runs && monitor.Ready is { } ready && item.Snapshot.ResourceReady is null)
                {
                    // A replica that came later, or back, is as ready as the others.
                    await notifications.PublishUpdateAsync(
                        item.Resource,
                        item.ResourceId,
                        s => s with { ResourceReady = ready }).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    private async Task MonitorAsync(IResource resource, CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key).ToHashSet(StringComparer.Ordinal);
        if (keys.Count == 0)
        {
            await BecomeReadyAsync(resource, cancellationToken).ConfigureAwait(false);
            return;
        }

        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var report = await healthChecks.CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken).ConfigureAwait(false);
            foreach (var missing in keys.Where(key => !report.Entries.ContainsKey(key)))
            {
                logger.LogError("Health check '{Key}' of resource '{Resource}' is not registered.", missing, resource.Name);
            }

            await PublishAsync(resource, report).ConfigureAwait(false);
            var healthy = report.Status == HealthStatus.Healthy && report.Entries.Count == keys.Count;
            if (healthy && _monitors[resource].Ready is null)
            {
                await BecomeReadyAsync(resource, cancellationToken).ConfigureAwait(false);
            }

            failures = healthy ? 0 : failures + 1;
            var pause = healthy ? s_healthyInterval : TimeSpan.FromSeconds(Math.Min(failures, s_slowestRetry.TotalSeconds));
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task BecomeReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        // Handlers run while the state is published already: who waits for the resource waits for them too.
        var handled = Task.Run(
            () => eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken),
            cancellationToken);
        _monitors[resource].Ready = handled;
        await notifications.PublishUpdateAsync(resource, s => s with { ResourceReady = handled }).ConfigureAwait(false);

        try
        {
            await handled.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(exception, "A handler of the readiness of resource '{Resource}' failed.", resource.Name);
        }
    }

    private Task PublishAsync(IResource resource, HealthReport report)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            HealthReports =
            [
                .. snapshot.HealthReports.Select(known => report.Entries.TryGetValue(known.Name, out var entry)
                    ? new HealthReportSnapshot(known.Name, entry.Status, entry.Description, entry.Exception?.ToString()) { LastRunAt = now }
                    : known),
            ],
        });
    }

    private Task ForgetReadinessAsync(IResource resource) =>
        notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            ResourceReady = null,
            HealthReports = [.. snapshot.HealthReports.Select(r => new HealthReportSnapshot(r.Name, null, null, null))],
        });

    private sealed class Monitor
    {
        private CancellationTokenSource? _stop;

        public HashSet<string> Running { get; } = [];

        public Task? Ready { get; set; }

        public void Start(Func<CancellationToken, Task> monitor, CancellationToken stoppingToken)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var token = _stop.Token;
            _ = Task.Run(
                async () =>
                {
                    try
                    {
                        await monitor(token).ConfigureAwait(false);
                    }
                    catch (OperationCanceledException) when (token.IsCancellationRequested)
                    {
                        // The resource stopped.
                    }
                },
                CancellationToken.None);
        }

        public void Stop()
        {
            _stop?.Cancel();
            _stop?.Dispose();
            _stop = null;
            Ready = null;
        }
    }
}
