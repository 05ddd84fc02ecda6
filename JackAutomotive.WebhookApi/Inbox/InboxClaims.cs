using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// The way out of the durable inbox: a delivery is claimed by one worker at a time, and marked as done in the transaction that holds its
/// effects, or given back, or parked.
/// </summary>
internal sealed class InboxClaims(
    NpgsqlDataSource database,
    RoutingConfiguration routing,
    IOptions<InboxOptions> options,
    TimeProvider time)
{
    // By state and due time, never by "newer than the last one seen": identities commit out of order. Only the oldest unfinished
    // delivery of an ordering key is eligible, and none while another one of that key is leased. OFFSET 0 keeps that a question asked of each
    // candidate: as a join it would read all that is pending, and every claim again.
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

    // The attempt is the token of the claim: a worker that lost its lease finds a higher one and changes nothing.
    private const string CompleteSql = """
        UPDATE inbox SET state = 'done', completed_at = $3, lease_until = NULL, reason = NULL, error = NULL
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        """;

    // What goes wrong is rare, so it is put on record in the same statement; what ends well is told by the row itself.
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
    /// Claims up to <paramref name="limit"/> due deliveries for <see cref="InboxOptions.Lease"/>, at most one per ordering key.
    /// </summary>
    public async Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.AddTime(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTime(now + options.Value.Lease);

        var claimed = new List<InboxDelivery>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            claimed.Add(new InboxDelivery(
                rows.GetInt64(0),
                rows.GetString(1),
                rows.GetString(2),
                rows.GetFieldValue<byte[]>(3),
                rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.GetInt32(5),
                rows.GetFieldValue<DateTimeOffset>(6))
            {
                Try = rows.GetInt32(7),
            });
        }

        return claimed;
    }

    /// <summary>Marks the delivery as done in the unit of work's own transaction.</summary>
    /// <returns>False if the claim was lost: somebody else has the delivery, and the unit of work must not be committed.</returns>
    public async Task<bool> CompleteAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CompleteSql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Gives the delivery back, to be claimed again after a while.</summary>
    public async Task RetryAsync(InboxDelivery delivery, TimeSpan after, Exception why, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RetrySql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow() + after);
        command.Parameters.AddText(PlainText.Clean(ExceptionSummary.Of(why)));
        command.Parameters.AddText(PlainText.Clean(why.ToString()));
        command.Parameters.AddText(why.GetType().Name);
        command.Parameters.AddTime(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts the delivery aside for a person, with the reason and, if there was one, the exception.</summary>
    public async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? why, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ParkSql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow());
        command.Parameters.AddText(parking.As);
        command.Parameters.AddText(PlainText.Clean(parking.Reason));
        command.Parameters.AddText(PlainText.Clean(why?.ToString()));
        command.Parameters.AddText(why?.GetType().Name);
        command.Parameters.AddText(parking.As == Parking.Unroutable ? routing.Fingerprint : null);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddClaim(NpgsqlCommand command, InboxDelivery delivery)
    {
        command.Parameters.AddBigint(delivery.Id);
        command.Parameters.AddInteger(delivery.Attempt);
    }
}
