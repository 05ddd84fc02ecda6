using System.Diagnostics;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Moves spooled deliveries to the inbox as soon as Postgres is back.</summary>
internal sealed partial class SpoolWorker(
    OutageSpool spool,
    DeliveryInbox inbox,
    IOptions<SpoolOptions> options,
    ILogger<SpoolWorker> logger) : BackgroundService
{
    // The timer uses real time instead of TimeProvider, because outages last in real time.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    private string? _lastProblem;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The search for abandoned files repeats because another instance may stop, with deliveries in its spool, while this instance runs.
        long? lastDrain = null;
        using var timer = new PeriodicTimer(s_pollInterval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (spool.IsInUse || lastDrain is not { } last || Stopwatch.GetElapsedTime(last) >= options.Value.AbandonedFilesInterval)
            {
                await DrainAsync(stoppingToken);
                lastDrain = _lastProblem is null ? Stopwatch.GetTimestamp() : null;
            }
        }
    }

    // Every error is an outage: of Postgres, or of the disk. The deliveries stay in the spool, and the next tick tries again.
    private async Task DrainAsync(CancellationToken stoppingToken)
    {
        try
        {
            var moved = await spool.DrainAsync(inbox.AcceptSpooledAsync, stoppingToken);
            _lastProblem = null;
            if (moved > 0)
            {
                LogMoved(moved);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            var problem = ExceptionSummary.Of(e);
            if (problem != _lastProblem)
            {
                LogPostponed(problem);
                _lastProblem = problem;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Postgres is back: {Count} spooled deliveries were moved to the inbox")]
    private partial void LogMoved(int count);

    [LoggerMessage(LogLevel.Warning, "Spooled deliveries cannot be moved to the inbox yet: {Reason}")]
    private partial void LogPostponed(string reason);
}
