using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Keeps the cost of a claim independent of how many deliveries of one ordering key wait. When many of the oldest due deliveries only wait,
/// these are marked as <c>behind</c>, and claims no longer look at them. The delivery that they wait for is marked as <c>ahead</c>. When it
/// is done or parked, the next delivery of the key comes forward and takes both roles. The marks never decide the order: a claim always
/// checks that a delivery is the first of its key.
/// </summary>
internal sealed class OrderingLines(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How many due deliveries one call of <see cref="FormAsync"/> looks at.</summary>
    internal const int FormSize = 1000;

    /// <summary>How many of them must wait for others before they are marked. Fewer cost a claim less than the marks.</summary>
    internal const int MinWaiting = 50;

    // The lock on the delivery ahead comes before the marks. Whoever finishes that delivery later therefore sees that it is ahead, and
    // brings the next one forward. If somebody is finishing it now, the lock is skipped, and the next unmarked delivery takes its place. A
    // delivery that a worker has claimed since has more attempts.
    internal const string FormSql = """
        -- mark deliveries that wait behind others
        WITH looked AS MATERIALIZED (
            SELECT id, ordering_key, attempts FROM inbox
            WHERE state = 'pending' AND NOT behind AND due_at <= $1 AND lease_until IS NULL
            ORDER BY due_at, id
            LIMIT (SELECT $2)),
        waiting AS MATERIALIZED (
            SELECT id, ordering_key, attempts FROM looked
            WHERE EXISTS (
                SELECT FROM inbox AS other
                WHERE other.ordering_key = looked.ordering_key AND other.state = 'pending' AND other.id < looked.id
                OFFSET 0)),
        heads AS MATERIALIZED (
            SELECT head.id, head.ordering_key
            FROM (SELECT DISTINCT ordering_key FROM waiting WHERE (SELECT count(*) FROM waiting) >= $3) AS line
            CROSS JOIN LATERAL (
                SELECT id, ordering_key FROM inbox
                WHERE inbox.ordering_key = line.ordering_key AND state = 'pending' AND NOT behind
                ORDER BY id
                LIMIT 1
                FOR NO KEY UPDATE SKIP LOCKED) AS head),
        led AS (
            UPDATE inbox SET ahead = true FROM heads WHERE inbox.id = heads.id AND NOT inbox.ahead)
        UPDATE inbox SET behind = true
        FROM waiting JOIN heads USING (ordering_key)
        WHERE inbox.id = waiting.id AND waiting.id > heads.id AND inbox.attempts = waiting.attempts AND NOT inbox.behind
        """;

    private const string BringForwardSql = """
        -- bring the next delivery of an ordering key forward
        UPDATE inbox SET behind = false, ahead = true
        WHERE id = (SELECT id FROM inbox WHERE ordering_key = $1 AND state = 'pending' ORDER BY id LIMIT 1)
        """;

    // Visits each key that has a line once, with one index look-up per key.
    private const string MendSql = """
        -- mend ordering lines
        WITH RECURSIVE lines AS (
            (SELECT ordering_key FROM inbox WHERE state = 'pending' AND behind ORDER BY ordering_key LIMIT 1)
            UNION ALL
            SELECT (
                SELECT following.ordering_key FROM inbox AS following
                WHERE following.state = 'pending' AND following.behind AND following.ordering_key > lines.ordering_key
                ORDER BY following.ordering_key LIMIT 1)
            FROM lines WHERE lines.ordering_key IS NOT NULL),
        heads AS (
            SELECT (
                SELECT id FROM inbox AS head
                WHERE head.ordering_key = lines.ordering_key AND head.state = 'pending'
                ORDER BY head.id LIMIT 1) AS id
            FROM lines WHERE lines.ordering_key IS NOT NULL)
        UPDATE inbox SET behind = false, ahead = true FROM heads WHERE inbox.id = heads.id AND inbox.behind
        """;

    /// <summary>Marks the due deliveries that wait for an earlier one of their ordering key, among the oldest due ones.</summary>
    /// <returns>The number of marked deliveries. If it is zero, few deliveries among the oldest wait for others.</returns>
    public async Task<int> FormAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FormSql);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddInteger(FormSize);
        command.Parameters.AddInteger(MinWaiting);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Brings the next delivery of an ordering key forward, after the one ahead of it has left the line.</summary>
    /// <param name="command">An empty command, in the transaction that finishes the delivery ahead.</param>
    /// <param name="orderingKey">The ordering key.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    public static async Task BringForwardAsync(NpgsqlCommand command, string orderingKey, CancellationToken cancellationToken)
    {
        command.CommandText = BringForwardSql;
        command.Parameters.AddText(orderingKey);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Brings deliveries forward that nothing is ahead of any more: the delivery ahead was deleted, or its process ended while it left the
    /// line, or an older version of this program handled it.
    /// </summary>
    /// <returns>The number of lines that were mended.</returns>
    public async Task<int> MendAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(MendSql);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
