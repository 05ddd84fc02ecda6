using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Makes parked deliveries due again when another delivery shows that they can be handled.</summary>
internal sealed class ParkedDeliveries(TimeProvider time)
{
    // As in RerouteWorker. An unroutable delivery that still cannot be handled is parked again.
    private const string ReleaseSql = $"""
        -- release parked deliveries
        WITH parked AS (
            SELECT id FROM inbox
            WHERE ordering_key = $1 AND state = 'parked' AND parked_as = '{Parking.Unroutable}'
            ORDER BY id
            FOR UPDATE SKIP LOCKED),
        released AS (
            UPDATE inbox SET state = 'pending', parked_as = NULL, completed_at = NULL, due_at = $2, attempts_before_replay = attempts
            FROM parked WHERE inbox.id = parked.id
            RETURNING inbox.id, attempts)
        INSERT INTO delivery_replays (delivery_id, attempts, requested_by, state, parked_as, requested_at)
        SELECT id, attempts, $3, 'parked', '{Parking.Unroutable}', $2 FROM released
        """;

    /// <summary>Replays the unroutable deliveries with an ordering key once the unit of work is committed.</summary>
    /// <param name="work">The unit of work that makes the deliveries routable.</param>
    /// <param name="orderingKey">The ordering key of the deliveries.</param>
    /// <param name="requestedBy">The reason, which the list of a delivery's replays shows.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task ReleaseUnroutableAsync(UnitOfWork work, string orderingKey, string requestedBy, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReleaseSql);
        command.Parameters.AddText(orderingKey);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(requestedBy);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
