using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>
/// Deletes, in small steps on a timer, what has been kept long enough. One instance at a time: the others find the lock taken and come
/// again with their next turn.
/// </summary>
internal sealed partial class RetentionWorker(
    NpgsqlDataSource database,
    WebhookApiMetrics metrics,
    IOptions<RetentionOptions> options,
    TimeProvider time,
    ILogger<RetentionWorker> logger) : BackgroundService
{
    /// <summary>Deletes everything that is old enough by now. False if another instance is at it.</summary>
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
            // A connection that broke has let go of it already.
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
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogOutage(ExceptionSummary.Of(e));
            }
        }
    }

    private async Task DeleteDeliveriesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (doneBefore, parkedBefore) = (Before(options.Value.Done), Before(options.Value.Parked));
        if ((doneBefore ?? parkedBefore) is null)
        {
            return;
        }

        // Nothing can be old enough that came later than this.
        var end = new[] { doneBefore, parkedBefore }.Max();
        var (last, done, parked) = (0L, 0L, 0L);
        while (true)
        {
            var step = await RetentionStore.DeleteDeliveriesAsync(
                connection, last, options.Value.BatchSize, doneBefore, parkedBefore, cancellationToken);
            done += step.Done;
            parked += step.Parked;
            if (step.LastId is not { } next || step.LastReceivedAt >= end)
            {
                break;
            }

            last = next;
        }

        Report("done", done);
        Report("parked", parked);
    }

    private async Task DeleteRejectedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (Before(options.Value.Rejected) is not { } before)
        {
            return;
        }

        var total = 0;
        int deleted;
        do
        {
            deleted = await RetentionStore.DeleteRejectedAsync(connection, options.Value.BatchSize, before, cancellationToken);
            total += deleted;
        }
        while (deleted == options.Value.BatchSize);

        Report("rejected", total);
    }

    private DateTimeOffset? Before(TimeSpan keptFor) => keptFor == TimeSpan.Zero ? null : time.GetUtcNow() - keptFor;

    private void Report(string what, long rows)
    {
        if (rows > 0)
        {
            metrics.Deleted(what, rows);
            LogDeleted(rows, what);
        }
    }

    [LoggerMessage(LogLevel.Information, "Deleted {Count} old rows: {What} deliveries")]
    private partial void LogDeleted(long count, string what);

    [LoggerMessage(LogLevel.Warning, "Old deliveries cannot be deleted: {Reason}")]
    private partial void LogOutage(string reason);
}
