using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>The events of one committed transaction, which are not published yet.</summary>
/// <param name="Id">The id of the transaction's row in the outbox.</param>
/// <param name="Events">The events, in the order of each lead's log.</param>
internal sealed record UnpublishedEvents(long Id, IReadOnlyList<LeadEvent> Events);

/// <summary>
/// The committed events that are not published yet. The transaction that appends events also inserts one row with all of them into
/// <c>outbox_transactions</c> (<see cref="UnitOfWork"/>). The row is removed when every one of them is published.
/// </summary>
internal sealed class EventOutbox(NpgsqlDataSource database)
{
    // An instance of an earlier version inserts one row per event into event_outbox. What such an instance leaves behind is taken over.
    private const string TakeOverSql = """
        -- take over events of an earlier version
        WITH taken AS (
            DELETE FROM event_outbox
            WHERE (lead_id, seq) IN (
                SELECT lead_id, seq FROM event_outbox WHERE created_at <= $1 ORDER BY created_at, lead_id, seq LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING lead_id, seq, created_at)
        INSERT INTO outbox_transactions (lead_ids, seqs, created_at)
        SELECT array_agg(lead_id ORDER BY seq), array_agg(seq ORDER BY seq), min(created_at) FROM taken HAVING count(*) > 0
        """;

    private const string LockOldestSql = """
        -- find unpublished events
        WITH oldest AS MATERIALIZED (
            SELECT id, lead_ids, seqs, created_at FROM outbox_transactions
            WHERE created_at <= $1
            ORDER BY created_at, id
            LIMIT $2
            FOR UPDATE SKIP LOCKED)
        SELECT oldest.id, event.lead_id, event.seq, event.type, event.occurred_at, event.data, event.trace_parent, oldest.created_at
        FROM oldest
        CROSS JOIN LATERAL unnest(lead_ids, seqs) WITH ORDINALITY AS entry (lead_id, seq, number)
        LEFT JOIN lead_events AS event ON event.lead_id = entry.lead_id AND event.seq = entry.seq
        ORDER BY oldest.created_at, oldest.id, entry.number
        """;

    // The commit does not wait for the disk: if the server crashes and loses the removal, the events are published once more.
    private const string RemoveSql = """
        -- remove published events
        WITH hurry AS MATERIALIZED (
            SELECT set_config('synchronous_commit', 'off', true))
        DELETE FROM outbox_transactions USING hurry WHERE id = ANY ($1)
        """;

    /// <summary>Removes transactions whose events are published.</summary>
    public async Task RemoveAsync(IReadOnlyList<UnpublishedEvents> published, CancellationToken cancellationToken)
    {
        if (published.Count > 0)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await RemoveAsync(connection, published, cancellationToken);
        }
    }

    /// <summary>
    /// Publishes the events of the oldest transactions in the outbox and removes what is published. Row locks make other instances skip
    /// these transactions meanwhile.
    /// </summary>
    /// <param name="appendedUntil">The latest time of appending (inclusive). The instance that appended a newer event is about to publish it.</param>
    /// <param name="limit">The maximum number of transactions.</param>
    /// <param name="publish">Publishes events and returns the transactions of which every event is published.</param>
    /// <param name="cancellationToken">Cancels the wait for Postgres.</param>
    /// <returns>The transactions found, and those that were published.</returns>
    public async Task<(IReadOnlyList<UnpublishedEvents> Found, IReadOnlyList<UnpublishedEvents> Published)> PublishOldestAsync(
        DateTimeOffset appendedUntil,
        int limit,
        Func<IReadOnlyList<UnpublishedEvents>, Task<IReadOnlyList<UnpublishedEvents>>> publish,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await TakeOverAsync(connection, appendedUntil, limit, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var found = await LockOldestAsync(connection, appendedUntil, limit, cancellationToken);
        var published = await publish(found);
        if (published.Count > 0)
        {
            await RemoveAsync(connection, published, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return (found, published);
    }

    private static async Task TakeOverAsync(
        NpgsqlConnection connection, DateTimeOffset appendedUntil, int limit, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var command = new NpgsqlCommand(TakeOverSql, connection);
        command.Parameters.AddTimestamp(appendedUntil);
        command.Parameters.AddInteger(limit);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<UnpublishedEvents>> LockOldestAsync(
        NpgsqlConnection connection, DateTimeOffset appendedUntil, int limit, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var command = new NpgsqlCommand(LockOldestSql, connection);
        command.Parameters.AddTimestamp(appendedUntil);
        command.Parameters.AddInteger(limit);
        var rows = await command.ReadAllAsync(row => (Id: row.GetInt64(0), Event: ReadEvent(row)), cancellationToken);
        return [.. rows.GroupBy(row => row.Id, row => row.Event).Select(group => new UnpublishedEvents(group.Key, [.. group.OfType<LeadEvent>()]))];
    }

    private static async Task RemoveAsync(
        NpgsqlConnection connection, IReadOnlyList<UnpublishedEvents> published, CancellationToken cancellationToken)
    {
        // The statement serves events of several traces, so it belongs to none of them.
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var command = new NpgsqlCommand(RemoveSql, connection);
        command.Parameters.AddArray(published.Select(transaction => transaction.Id).ToArray(), NpgsqlDbType.Bigint);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Null for an event of a lead that was erased.
    private static LeadEvent? ReadEvent(NpgsqlDataReader row) => row.IsDBNull(1) ? null : new LeadEvent(
        new LeadId(row.GetGuid(1)),
        row.GetInt64(2),
        row.GetString(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetString(5),
        row.GetTextOrNull(6),
        row.GetFieldValue<DateTimeOffset>(7));
}
