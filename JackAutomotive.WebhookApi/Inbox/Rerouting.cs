using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// When the service starts with another routing configuration than the one under which deliveries were parked as unroutable, has them
/// handled again. Whichever instance comes first does it, and each delivery once per configuration: what still has nowhere to go is
/// parked under the new one.
/// </summary>
internal sealed partial class Rerouting(
    NpgsqlDataSource database,
    RoutingConfiguration routing,
    InboxSignal signal,
    TimeProvider time,
    ILogger<Rerouting> logger) : BackgroundService
{
    private const int BatchSize = 500;

    // Who has them done again, in delivery_replays.
    private const string RequestedBy = "the service: another routing configuration";

    private const string ReleaseSql = $"""
        -- reroute deliveries
        WITH stale AS (
            SELECT id FROM inbox
            WHERE state = 'parked' AND parked_as = '{Parking.Unroutable}' AND routing IS DISTINCT FROM $1
            ORDER BY id LIMIT $2
            FOR UPDATE SKIP LOCKED),
        released AS (
            UPDATE inbox SET state = 'pending', parked_as = NULL, completed_at = NULL, due_at = $3, attempts_before_replay = attempts,
                routing = $1
            FROM stale WHERE inbox.id = stale.id
            RETURNING inbox.id, attempts)
        INSERT INTO delivery_replays (delivery_id, attempts, requested_by, state, parked_as, requested_at)
        SELECT id, attempts, $4, 'parked', '{Parking.Unroutable}', $3 FROM released
        """;

    private static readonly TimeSpan s_outagePause = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await ReleaseAsync(stoppingToken);
                return;
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e))
            {
                LogOutage(ExceptionSummary.Of(e));
            }

            await Task.Delay(s_outagePause, stoppingToken);
        }
    }

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        int released;
        do
        {
            await using var command = database.CreateCommand(ReleaseSql);
            command.Parameters.AddText(routing.Fingerprint);
            command.Parameters.AddInteger(BatchSize);
            command.Parameters.AddTime(time.GetUtcNow());
            command.Parameters.AddText(RequestedBy);
            released = await command.ExecuteNonQueryAsync(cancellationToken);
            total += released;
            signal.Notify();
        }
        while (released == BatchSize);

        if (total > 0)
        {
            LogReleased(total);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} deliveries that had nowhere to go are tried again under another routing configuration")]
    private partial void LogReleased(int count);

    [LoggerMessage(LogLevel.Warning, "Deliveries that had nowhere to go cannot be looked through yet: {Reason}")]
    private partial void LogOutage(string reason);
}
