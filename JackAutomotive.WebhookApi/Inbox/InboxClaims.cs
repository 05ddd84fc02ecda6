using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Claims deliveries from the inbox. A delivery has at most one valid claim. The worker with that claim marks the delivery as done in the
/// transaction that writes the delivery's effects, releases the delivery for a retry, or parks the delivery.
/// </summary>
internal sealed class InboxClaims(
    NpgsqlDataSource database,
    RoutingConfiguration routing,
    IOptions<InboxOptions> options,
    TimeProvider time)
{
    // Selects by state and due time. A search for ids above the last id seen would miss deliveries, because ids commit out of order. The
    // oldest pending delivery of an ordering key is eligible, once no other delivery of that key is leased. OFFSET 0 stops Postgres from
    // planning the subquery as a join, which would read all pending deliveries with each claim.
    internal const string ClaimSql = """
        -- claim deliveries
        WITH due AS (
            SELECT id
            FROM inbox AS candidate
            WHERE state = 'pending' AND due_at <= $1
              AND NOT EXISTS (
                  SELECT FROM inbox AS other
                  WHERE other.ordering_key = candidate.ordering_key AND other.state = 'pending' AND other.id <> candidate.id
                    AND (other.id < candidate.id OR other.lease_until > $1)
                  OFFSET 0)
            ORDER BY due_at, id
            LIMIT $2
            FOR UPDATE SKIP LOCKED)
        UPDATE inbox
        SET attempts = attempts + 1, lease_until = $3, due_at = $3
        FROM due
        WHERE inbox.id = due.id
        RETURNING inbox.id, topic, dedup_key, body, trace_parent, attempts, received_at, attempts - attempts_before_replay
        """;

    // The attempt number identifies the claim: the update of a worker that lost its claim matches no row.
    private const string CompleteSql = """
        UPDATE inbox SET state = 'done', completed_at = $3, lease_until = NULL, reason = NULL, error = NULL
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        """;

    // The statement also records the failed attempt. A successful attempt needs no record, because the inbox row shows it.
    private const string RetrySql = """
        -- give a delivery back
        WITH given_back AS (
            UPDATE inbox SET due_at = $3, lease_until = NULL, reason = $4, error = $5
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts)
        INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
        SELECT id, attempts, 'retried', $6, $4, $7 FROM given_back
        """;

    private const string ParkSql = """
        -- park a delivery
        WITH parked AS (
            UPDATE inbox SET state = 'parked', completed_at = $3, lease_until = NULL, parked_as = $4, reason = $5, error = $6, routing = $8
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts)
        INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
        SELECT id, attempts, 'parked', $7, $5, $3 FROM parked
        """;

    /// <summary>
    /// Claims up to <paramref name="limit"/> due deliveries, at most one per ordering key, for the time <see cref="InboxOptions.Lease"/>.
    /// </summary>
    public async Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(now + options.Value.Lease);

        var claimed = new List<InboxDelivery>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            claimed.Add(new InboxDelivery(
                rows.GetInt64(0),
                rows.GetString(1),
                rows.GetString(2),
                rows.GetFieldValue<byte[]>(3),
                rows.GetTextOrNull(4),
                rows.GetInt32(5),
                rows.GetFieldValue<DateTimeOffset>(6))
            {
                AttemptSinceReplay = rows.GetInt32(7),
            });
        }

        return claimed;
    }

    /// <summary>Marks the delivery as done in the unit of work's own transaction.</summary>
    /// <returns>False if the claim was lost to another worker. The unit of work must then be rolled back.</returns>
    public async Task<bool> CompleteAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CompleteSql);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Ends the claim and makes the delivery due again after the delay.</summary>
    public async Task RetryAsync(InboxDelivery delivery, TimeSpan delay, Exception exception, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RetrySql);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow() + delay);
        command.Parameters.AddText(PlainText.Clean(ExceptionSummary.Of(exception)));
        command.Parameters.AddText(PlainText.Clean(exception.ToString()));
        command.Parameters.AddText(exception.GetType().Name);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Parks the delivery with its reason and, if an exception caused the parking, the exception.</summary>
    public async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? exception, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ParkSql);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(parking.ParkedAs);
        command.Parameters.AddText(PlainText.Clean(parking.Reason));
        command.Parameters.AddText(PlainText.Clean(exception?.ToString()));
        command.Parameters.AddText(exception?.GetType().Name);
        command.Parameters.AddText(parking.ParkedAs == Parking.Unroutable ? routing.Fingerprint : null);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddClaim(NpgsqlCommand command, InboxDelivery delivery)
    {
        command.Parameters.AddBigint(delivery.Id);
        command.Parameters.AddInteger(delivery.Attempt);
    }
}
