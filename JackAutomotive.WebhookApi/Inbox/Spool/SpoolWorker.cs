using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;
using Npgsql;

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

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The search for abandoned files repeats because another instance may stop, with deliveries in its spool, while this instance runs.
        long? lastDrain = null;
        using var timer = new PeriodicTimer(s_pollInterval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!spool.IsInUse && lastDrain is { } last && Stopwatch.GetElapsedTime(last) < options.Value.AbandonedFilesInterval)
            {
                continue;
            }

            try
            {
                var moved = await spool.DrainAsync(inbox.AcceptSpooledAsync, stoppingToken);
                lastDrain = Stopwatch.GetTimestamp();
                if (moved > 0)
                {
                    LogMoved(moved);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException || DatabaseErrors.IsOutage(e))
            {
                // Postgres is still unavailable; InboxWriter has logged the outage.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Postgres is back: {Count} spooled deliveries were moved to the inbox")]
    private partial void LogMoved(int count);

    [LoggerMessage(LogLevel.Error, "The spool cannot be read")]
    private partial void LogUnreadable(Exception exception);
}
