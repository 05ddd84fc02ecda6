using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>Compares what needs a person with the open alerts, on every instance, and stores the differences.</summary>
internal sealed class AlertMonitor : BackgroundService
{
    private readonly AlertStore _alerts;
    private readonly AlertReports _reports;
    private readonly IReadOnlyList<IAlertSource> _sources;
    private readonly IOptions<AlertOptions> _options;
    private readonly TimeProvider _time;
    private readonly BackgroundLoop _loop;
    private IReadOnlyList<(string Kind, long Count)> _open = [];

    public AlertMonitor(
        AlertStore alerts,
        AlertReports reports,
        IEnumerable<IAlertSource> sources,
        BackgroundLoops loops,
        WebhookApiMetrics metrics,
        IOptions<AlertOptions> options,
        TimeProvider time)
    {
        (_alerts, _reports, _sources, _options, _time) = (alerts, reports, [.. sources], options, time);
        _loop = loops.Create("alerts", new BackgroundLoopLimits { IsEssential = false });
        metrics.ObserveOpenAlerts(() => _open);
    }

    /// <summary>The name of this instance in its own alerts. A process that starts again is another instance.</summary>
    internal string Instance { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}"[..^24];

    /// <summary>Looks once for what needs a person.</summary>
    internal async Task CheckAsync(CancellationToken cancellationToken)
    {
        while (_reports.Take() is { } report)
        {
            await _alerts.RaiseAsync(report.Kind, report.Subject, report.Detail, cancellationToken);
        }

        foreach (var source in _sources)
        {
            var conditions = await source.FindAsync(cancellationToken);
            var instance = source.IsOfInstance ? Instance : AlertStore.AllInstances;
            await _alerts.ReconcileAsync(source.Kinds, instance, conditions, cancellationToken);
        }

        foreach (var (kind, quietTime) in AlertKinds.QuietTimes)
        {
            await _alerts.ClearQuietAsync(kind, quietTime, cancellationToken);
        }

        // An instance sees its own alerts again in each round, so that after several rounds without a sign the instance is gone.
        await _alerts.ClearGoneAsync(TimeSpan.FromMinutes(2) + (4 * _options.Value.Interval), cancellationToken);
        _open = await _alerts.CountOpenAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.Value.Interval, _time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, CheckAsync, stoppingToken);
    }
}
