using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Moves spooled deliveries to the inbox as soon as Postgres takes them.</summary>
internal sealed partial class SpoolWorker(OutageSpool spool, DeliveryInbox inbox, ILogger<SpoolWorker> logger) : BackgroundService
{
    // Real time, as an outage is: how soon after its end the inbox is complete again.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What an earlier process left behind. Others' files are looked for once; instances that die later are restarted.
        var mustLook = true;
        using var timer = new PeriodicTimer(s_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!mustLook && !spool.IsInUse)
            {
                continue;
            }

            try
            {
                var moved = await spool.DrainAsync(inbox.AcceptSpooledAsync, stoppingToken);
                mustLook = false;
                if (moved > 0)
                {
                    LogMoved(moved);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException || DatabaseErrors.IsOutage(e))
            {
                // Still away; the writer has said so.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Postgres is back: {Count} spooled deliveries are in the inbox")]
    private partial void LogMoved(int count);

    [LoggerMessage(LogLevel.Error, "The spool cannot be read")]
    private partial void LogUnreadable(Exception exception);
}
