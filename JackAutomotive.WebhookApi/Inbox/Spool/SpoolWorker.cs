using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Moves spooled deliveries to the inbox as soon as Postgres is back.</summary>
internal sealed partial class SpoolWorker(
    OutageSpool spool,
    DeliveryInbox inbox,
    BackgroundLoops loops,
    IOptions<SpoolOptions> options,
    ILogger<SpoolWorker> logger) : BackgroundService
{
    // The timer uses real time instead of TimeProvider, because outages last in real time.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    private readonly BackgroundLoop _loop = loops.Create(
        "spool", new BackgroundLoopLimits { RoundLimit = TimeSpan.FromMinutes(5), MaxDelay = TimeSpan.FromSeconds(1) });

    private long? _lastDrain;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_pollInterval);
        await _loop.RunAsync(timer.WaitForNextTickAsync, DrainIfDueAsync, stoppingToken);
    }

    // The search for abandoned files repeats because another instance may stop, with deliveries in its spool, while this instance runs.
    private async Task DrainIfDueAsync(CancellationToken cancellationToken)
    {
        if (!spool.IsInUse && _lastDrain is { } last && Stopwatch.GetElapsedTime(last) < options.Value.AbandonedFilesInterval)
        {
            return;
        }

        var moved = await spool.DrainAsync(inbox.AcceptSpooledAsync, cancellationToken);
        _lastDrain = Stopwatch.GetTimestamp();
        if (moved > 0)
        {
            LogMoved(moved);
        }
    }

    [LoggerMessage(LogLevel.Information, "Postgres is back: {Count} spooled deliveries were moved to the inbox")]
    private partial void LogMoved(int count);
}
