using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Moves large deliveries from the spool to the inbox: those that were answered before their upload ended, and those of stopped instances.
/// </summary>
internal sealed partial class LargeSpoolWorker(LargeSpool spool, DeliveryInbox inbox, ILogger<LargeSpoolWorker> logger) : BackgroundService
{
    private const int Uploads = 4;

    // Real time instead of TimeProvider, because outages last in real time.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = s_interval;
        while (true)
        {
            await Task.Delay(interval * (0.75 + Random.Shared.NextDouble() / 2), stoppingToken);
            interval = await MoveAllAsync(stoppingToken) ? s_interval : new[] { interval * 2, s_longestInterval }.Min();
        }
    }

    // Returns false if a delivery could not be moved: then Postgres, the object store or the disk fails, so the worker tries less often.
    private async Task<bool> MoveAllAsync(CancellationToken stoppingToken)
    {
        try
        {
            spool.Sweep();
            var failures = 0;
            var limits = new ParallelOptions { MaxDegreeOfParallelism = Uploads, CancellationToken = stoppingToken };
            await Parallel.ForEachAsync(spool.TakeWaiting(), limits, async (delivery, cancellationToken) =>
            {
                using (delivery)
                {
                    if (!await inbox.AcceptSpooledAsync(delivery, cancellationToken))
                    {
                        Interlocked.Increment(ref failures);
                    }
                }
            });
            return failures == 0;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(ExceptionSummary.Of(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "Large deliveries cannot be moved from the spool to the inbox: {Reason}")]
    private partial void LogFailed(string reason);
}
