using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Replays unroutable deliveries when the service starts with another routing configuration than the one that parked the deliveries. The
/// first instance to start replays each delivery once. A delivery that is still unroutable is parked again, under the new configuration.
/// </summary>
internal sealed partial class RerouteWorker(
    NpgsqlDataSource database,
    RoutingConfiguration routing,
    InboxSignal signal,
    BackgroundLoops loops,
    TimeProvider time,
    ILogger<RerouteWorker> logger) : BackgroundService
{
    private const int BatchSize = 500;

    // The value of delivery_replays.requested_by.
    private const string RequestedBy = "the service: another routing configuration";

    private const string ReplaySql = $"""
        -- reroute deliveries
        WITH stale AS (
            SELECT id FROM inbox
            WHERE state = 'parked' AND parked_as = '{Parking.Unroutable}' AND routing IS DISTINCT FROM $1
            ORDER BY id LIMIT $2
            FOR UPDATE SKIP LOCKED),
        replayed AS (
            UPDATE inbox SET state = 'pending', parked_as = NULL, completed_at = NULL, due_at = $3, attempts_before_replay = attempts,
                attempts_uncounted = 0, routing = $1
            FROM stale WHERE inbox.id = stale.id
            RETURNING inbox.id, attempts)
        INSERT INTO delivery_replays (delivery_id, attempts, requested_by, state, parked_as, requested_at)
        SELECT id, attempts, $4, 'parked', '{Parking.Unroutable}', $3 FROM replayed
        """;

    private readonly BackgroundLoop _loop = loops.Create("reroute");

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _loop.RunUntilDoneAsync(ReplayUnroutableAsync, stoppingToken);

    private async Task ReplayUnroutableAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        int replayed;
        do
        {
            await using var command = database.CreateCommand(ReplaySql);
            command.Parameters.AddText(routing.Fingerprint);
            command.Parameters.AddInteger(BatchSize);
            command.Parameters.AddTimestamp(time.GetUtcNow());
            command.Parameters.AddText(RequestedBy);
            replayed = await command.ExecuteNonQueryAsync(cancellationToken);
            total += replayed;
            signal.Notify();
            _loop.Beat();
        }
        while (replayed == BatchSize);

        if (total > 0)
        {
            LogReplayed(total);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} unroutable deliveries are replayed because the routing configuration changed")]
    private partial void LogReplayed(int count);
}
