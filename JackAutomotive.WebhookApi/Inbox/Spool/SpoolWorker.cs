using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Moves spooled deliveries to the inbox as soon as Postgres is back.</summary>
internal sealed partial class SpoolWorker(OutageSpool spool, DeliveryInbox inbox, ILogger<SpoolWorker> logger) : BackgroundService
{
    // The delay after an outage until the spooled deliveries are moved. The timer uses real time, as outages do, not TimeProvider.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Looks once for files that stopped instances left behind. An instance that crashes later is restarted and then looks again.
        var mustCheckFolder = true;
        using var timer = new PeriodicTimer(s_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!mustCheckFolder && !spool.IsInUse)
            {
                continue;
            }

            try
            {
                var moved = await spool.DrainAsync(inbox.AcceptSpooledAsync, stoppingToken);
                mustCheckFolder = false;
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
