using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>
/// Deletes old rows on a timer, in small steps. A lock lets only one instance delete at a time; the other instances try again at their
/// next interval.
/// </summary>
internal sealed partial class RetentionWorker(
    [FromKeyedServices(DatabaseExtensions.Plain)] NpgsqlDataSource database,
    WebhookApiMetrics metrics,
    BackgroundLoops loops,
    IOptions<RetentionOptions> options,
    TimeProvider time,
    ILogger<RetentionWorker> logger) : BackgroundService
{
    private readonly BackgroundLoop _loop = loops.Create("retention", new BackgroundLoopLimits
    {
        Interval = options.Value.Interval,
        RoundLimit = TimeSpan.FromMinutes(5),
        MaxDelay = TimeSpan.FromMinutes(1),
        IsEssential = false,
    });

    /// <summary>Deletes all rows whose retention time is over. Returns false if another instance is deleting rows.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await RetentionStore.TryLockAsync(connection, cancellationToken))
        {
            return false;
        }

        try
        {
            await DeleteDeliveriesAsync(connection, cancellationToken);
            await DeleteRejectedAsync(connection, cancellationToken);
            return true;
        }
        finally
        {
            // A broken connection has released the lock already.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await RetentionStore.UnlockAsync(connection, CancellationToken.None);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, RunAsync, stoppingToken);
    }

    private async Task DeleteDeliveriesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (doneBefore, parkedBefore) = (FindCutoff(options.Value.Done), FindCutoff(options.Value.Parked));
        if (doneBefore is null && parkedBefore is null)
        {
            return;
        }

        // A delivery that was received after both cutoffs cannot be old enough, so the step that reaches such a delivery is the last one.
        var latestCutoff = new[] { doneBefore, parkedBefore }.Max();
        var (lastId, done, parked) = (0L, 0L, 0L);
        while (true)
        {
            var step = await RetentionStore.DeleteDeliveriesAsync(
                connection, lastId, options.Value.BatchSize, doneBefore, parkedBefore, cancellationToken);
            _loop.Beat();
            done += step.DeletedDone;
            parked += step.DeletedParked;
            if (step.LastId is not { } stepEnd || step.LastReceivedAt >= latestCutoff)
            {
                break;
            }

            lastId = stepEnd;
        }

        Report("done", done);
        Report("parked", parked);
    }

    private async Task DeleteRejectedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (FindCutoff(options.Value.Rejected) is not { } rejectedBefore)
        {
            return;
        }

        var total = 0;
        int deleted;
        do
        {
            deleted = await RetentionStore.DeleteRejectedAsync(connection, options.Value.BatchSize, rejectedBefore, cancellationToken);
            _loop.Beat();
            total += deleted;
        }
        while (deleted == options.Value.BatchSize);

        Report("rejected", total);
    }

    // Rows from before the cutoff are deleted. There is no cutoff if the rows stay forever.
    private DateTimeOffset? FindCutoff(TimeSpan retention) => retention == TimeSpan.Zero ? null : time.GetUtcNow() - retention;

    private void Report(string what, long rows)
    {
        if (rows > 0)
        {
            metrics.CountDeleted(what, rows);
            LogDeleted(rows, what);
        }
    }

    [LoggerMessage(LogLevel.Information, "Deleted {Count} old rows: {What} deliveries")]
    private partial void LogDeleted(long count, string what);
}
