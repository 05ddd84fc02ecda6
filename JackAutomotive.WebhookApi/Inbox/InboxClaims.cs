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
    // A claim is a short statement. A server that does not answer it in this time, in seconds, is unavailable.
    private const int CommandTimeout = 10;

    // The oldest pending delivery of an ordering key is eligible, once no other delivery of that key is leased. OFFSET 0 stops Postgres from
    // planning the subquery as a join, which would read all pending deliveries with each claim.
    private const string IsFirstOfItsKey = """
        NOT EXISTS (
                  SELECT FROM inbox AS other
                  WHERE other.ordering_key = candidate.ordering_key AND other.state = 'pending' AND other.id < candidate.id
                  OFFSET 0)
              AND NOT EXISTS (
                  SELECT FROM inbox AS leased
                  WHERE leased.ordering_key = candidate.ordering_key AND leased.state = 'pending' AND leased.lease_until > $1
                    AND leased.id <> candidate.id
                  OFFSET 0)
        """;

    private const string ClaimedColumns = """
        inbox.id, inbox.topic, inbox.dedup_key, inbox.body, inbox.trace_parent, inbox.attempts, inbox.received_at,
                inbox.attempts - inbox.attempts_before_replay, inbox.attempts_uncounted
        """;

    // Selects by state and due time. A search for ids above the last id seen would miss deliveries, because ids commit out of order. The limit
    // is a subquery, because the planner then expects to need a part of the index only, and reads it in order instead of sorting all of it.
    internal const string ClaimSql = $"""
        -- claim deliveries
        WITH due AS (
            SELECT id
            FROM inbox AS candidate
            WHERE state = 'pending' AND NOT behind AND due_at <= $1 AND lease_until IS NULL
              AND {IsFirstOfItsKey}
            ORDER BY due_at, id
            LIMIT (SELECT $2)
            FOR UPDATE SKIP LOCKED)
        UPDATE inbox
        SET attempts = attempts + 1, lease_until = $3, due_at = $3
        FROM due
        WHERE inbox.id = due.id
        RETURNING {ClaimedColumns}
        """;

    // A delivery whose lease has ended may be what ended its process, so such deliveries are claimed one at a time.
    private const string ClaimLostSql = $"""
        -- claim a delivery whose lease has ended
        WITH due AS (
            SELECT candidate.id
            FROM inbox AS candidate
            WHERE candidate.state = 'pending' AND candidate.lease_until <= $1
              AND {IsFirstOfItsKey}
            ORDER BY candidate.lease_until, candidate.id
            LIMIT 1
            FOR UPDATE SKIP LOCKED)
        UPDATE inbox
        SET attempts = attempts + 1, lease_until = $2, due_at = $2
        FROM due
        WHERE inbox.id = due.id
        RETURNING {ClaimedColumns}
        """;

    // The attempt number identifies the claim: the update of a worker that lost its claim matches no row.
    private const string CompleteSql = """
        UPDATE inbox SET state = 'done', completed_at = $3, lease_until = NULL, reason = NULL, error = NULL
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        RETURNING ahead, ordering_key
        """;

    // The statement also records the failed attempt. A successful attempt needs no record, because the inbox row shows it.
    private const string RetrySql = """
        -- give a delivery back
        WITH given_back AS (
            UPDATE inbox SET due_at = $3, lease_until = NULL, reason = $4, error = $5,
                attempts_uncounted = attempts_uncounted + CASE WHEN $8 THEN 0 ELSE 1 END
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts)
        INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
        SELECT id, attempts, CASE WHEN $8 THEN 'retried' ELSE 'interrupted' END, $6, $4, $7 FROM given_back
        """;

    private const string ParkSql = """
        -- park a delivery
        WITH parked AS (
            UPDATE inbox SET state = 'parked', completed_at = $3, lease_until = NULL, parked_as = $4, reason = $5, error = $6, routing = $8
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts, ahead, ordering_key),
        recorded AS (
            INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
            SELECT id, attempts, 'parked', $7, $5, $3 FROM parked)
        SELECT ahead, ordering_key FROM parked
        """;

    /// <summary>
    /// Claims up to <paramref name="limit"/> due deliveries, at most one per ordering key, for the time <see cref="InboxOptions.Lease"/>.
    /// </summary>
    public async Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimSql);
        command.CommandTimeout = CommandTimeout;
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(now + options.Value.Lease);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<InboxDelivery>();
        while (await rows.ReadAsync(cancellationToken))
        {
            claimed.Add(ReadDelivery(rows, isLost: false));
        }

        return claimed;
    }

    /// <summary>Claims one delivery whose lease has ended without a verdict, or returns null if there is none.</summary>
    public async Task<InboxDelivery?> ClaimLostAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimLostSql);
        command.CommandTimeout = CommandTimeout;
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddTimestamp(now + options.Value.Lease);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? ReadDelivery(rows, isLost: true) : null;
    }

    /// <summary>Marks the delivery as done in the unit of work's own transaction.</summary>
    /// <returns>False if the claim was lost to another worker. The unit of work must then be rolled back.</returns>
    public async Task<bool> CompleteAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CompleteSql);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        if (await ReadLineAsync(command, cancellationToken) is not { } line)
        {
            return false;
        }

        if (line.IsAhead)
        {
            await using var next = work.CreateCommand("");
            await OrderingLines.BringForwardAsync(next, line.OrderingKey, cancellationToken);
        }

        return true;
    }

    /// <summary>Ends the claim and makes the delivery due again after the delay.</summary>
    public async Task RetryAsync(
        InboxDelivery delivery,
        FailureDecision.Retry retry,
        Exception exception,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RetrySql);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow() + retry.Delay);
        command.Parameters.AddText(PlainText.Clean(ExceptionSummary.Of(exception)));
        command.Parameters.AddText(PlainText.Clean(exception.ToString()));
        command.Parameters.AddText(exception.GetType().Name);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddBoolean(retry.IsCounted);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Parks the delivery with its reason and, if an exception caused the parking, the exception.</summary>
    public async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? exception, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ParkSql, connection);
        AddClaim(command, delivery);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(parking.ParkedAs);
        command.Parameters.AddText(PlainText.Clean(parking.Reason));
        command.Parameters.AddText(PlainText.Clean(exception?.ToString()));
        command.Parameters.AddText(exception?.GetType().Name);
        command.Parameters.AddText(parking.ParkedAs == Parking.Unroutable ? routing.Fingerprint : null);

        // If the process ends between the two statements, OrderingLines.MendAsync brings the next delivery forward.
        if (await ReadLineAsync(command, cancellationToken) is { IsAhead: true } line)
        {
            await using var next = connection.CreateCommand();
            await OrderingLines.BringForwardAsync(next, line.OrderingKey, cancellationToken);
        }
    }

    private static InboxDelivery ReadDelivery(NpgsqlDataReader row, bool isLost)
    {
        var sinceReplay = row.GetInt32(7);
        return new InboxDelivery(
            row.GetInt64(0),
            row.GetString(1),
            row.GetString(2),
            row.GetFieldValue<byte[]>(3),
            row.GetTextOrNull(4),
            row.GetInt32(5),
            row.GetFieldValue<DateTimeOffset>(6))
        {
            AttemptSinceReplay = sinceReplay,
            CountedAttempts = sinceReplay - row.GetInt32(8),
            IsLost = isLost,
        };
    }

    private static async Task<(bool IsAhead, string OrderingKey)?> ReadLineAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetBoolean(0), row.GetString(1)) : null;
    }

    private static void AddClaim(NpgsqlCommand command, InboxDelivery delivery)
    {
        command.Parameters.AddBigint(delivery.Id);
        command.Parameters.AddInteger(delivery.Attempt);
    }
}
