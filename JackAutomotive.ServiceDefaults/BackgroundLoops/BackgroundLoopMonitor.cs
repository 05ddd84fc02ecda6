using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Logs one line at level Error when a background loop begins to have a problem, and one at level Information when the loop works again, so
/// that an alert rule needs neither a metrics store nor the health endpoint.
/// </summary>
internal sealed partial class BackgroundLoopMonitor(
    BackgroundLoops loops,
    IHostApplicationLifetime lifetime,
    ILogger<BackgroundLoopMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly HashSet<BackgroundLoop> _reported = [];

    /// <summary>Compares the loops with the problems that have been reported, and reports the differences.</summary>
    internal void Check()
    {
        var running = loops.Running;
        _reported.RemoveWhere(loop => !running.Contains(loop));
        foreach (var loop in running)
        {
            if (loop.FindProblem() is { } problem)
            {
                if (_reported.Add(loop))
                {
                    LogUnhealthy(loop.Name, problem.Text);
                }
            }
            else if (_reported.Remove(loop))
            {
                LogHealthy(loop.Name);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        while (!stopping.IsCancellationRequested)
        {
            Check();
            await Task.Delay(s_interval, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(
        EventId = 3101,
        EventName = "BackgroundLoopUnhealthy",
        Level = LogLevel.Error,
        Message = "The loop '{Loop}' {Problem}")]
    private partial void LogUnhealthy(string loop, string problem);

    [LoggerMessage(
        EventId = 3102,
        EventName = "BackgroundLoopHealthy",
        Level = LogLevel.Information,
        Message = "The loop '{Loop}' works again")]
    private partial void LogHealthy(string loop);
}
