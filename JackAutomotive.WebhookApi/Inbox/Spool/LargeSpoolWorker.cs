namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Moves large deliveries from the spool to the inbox: those that were answered before their upload ended, and those of stopped instances.
/// </summary>
internal sealed class LargeSpoolWorker(LargeSpool spool, DeliveryInbox inbox, BackgroundLoops loops) : BackgroundService
{
    private const int Uploads = 4;

    // Real time instead of TimeProvider, because outages last in real time.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    // A large upload may take long, and other instances continue without this one. The stall limit of the upload ends one that hangs.
    private readonly BackgroundLoop _loop = loops.Create(
        "large spool",
        new BackgroundLoopLimits { RoundLimit = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromSeconds(30), IsEssential = false });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        await _loop.RunAsync(timer.WaitForNextTickAsync, MoveAllAsync, stoppingToken);
    }

    private async Task MoveAllAsync(CancellationToken stoppingToken)
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

            _loop.Beat();
        });
        if (failures > 0)
        {
            throw new IOException($"{failures} large deliveries cannot be moved from the spool to the inbox yet.");
        }
    }
}
