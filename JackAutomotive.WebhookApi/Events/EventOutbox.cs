using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// The committed events that are not published yet. The transaction that appends an event also inserts the event's row into
/// <c>event_outbox</c> (<see cref="UnitOfWork"/>).
/// </summary>
internal sealed class EventOutbox(NpgsqlDataSource database)
{
    private const string LockOldestSql = """
        SELECT lead_id, seq, event.type, event.occurred_at, event.data, event.trace_parent, event_outbox.created_at
        FROM event_outbox JOIN lead_events AS event USING (lead_id, seq)
        WHERE event_outbox.created_at <= $1
        ORDER BY event_outbox.created_at, lead_id, seq
        LIMIT $2
        FOR UPDATE OF event_outbox SKIP LOCKED
        """;

    // The commit does not wait for the disk: if the server crashes and loses the removal, the events are published once more.
    private const string RemoveSql = """
        -- remove published events
        WITH hurry AS MATERIALIZED (
            SELECT set_config('synchronous_commit', 'off', true))
        DELETE FROM event_outbox USING hurry, unnest($1, $2) AS published (lead_id, seq)
        WHERE event_outbox.lead_id = published.lead_id AND event_outbox.seq = published.seq
        """;

    /// <summary>Removes published events.</summary>
    public async Task RemoveAsync(IReadOnlyList<LeadEvent> published, CancellationToken cancellationToken)
    {
        if (published.Count > 0)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await RemoveAsync(connection, published, cancellationToken);
        }
    }

    /// <summary>
    /// Publishes the oldest events of the outbox and removes the published events. Row locks make other instances skip these events
    /// meanwhile.
    /// </summary>
    /// <param name="appendedUntil">The latest time of appending (inclusive). The instance that appended a newer event is about to publish it.</param>
    /// <param name="limit">The maximum number of events.</param>
    /// <param name="publish">Publishes events and returns the published events.</param>
    /// <param name="cancellationToken">Cancels the wait for Postgres.</param>
    /// <returns>The number of events found, and the number of events published.</returns>
    public async Task<(int Found, int Published)> PublishOldestAsync(
        DateTimeOffset appendedUntil,
        int limit,
        Func<IReadOnlyList<LeadEvent>, Task<IReadOnlyList<LeadEvent>>> publish,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var events = await LockOldestAsync(connection, appendedUntil, limit, cancellationToken);
        var published = await publish(events);
        if (published.Count > 0)
        {
            await RemoveAsync(connection, published, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return (events.Count, published.Count);
    }

    private static async Task<IReadOnlyList<LeadEvent>> LockOldestAsync(
        NpgsqlConnection connection, DateTimeOffset appendedUntil, int limit, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var command = new NpgsqlCommand(LockOldestSql, connection);
        command.Parameters.AddTimestamp(appendedUntil);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadEvent, cancellationToken);
    }

    private static async Task RemoveAsync(
        NpgsqlConnection connection, IReadOnlyList<LeadEvent> published, CancellationToken cancellationToken)
    {
        // The statement serves events of several traces, so it belongs to none of them.
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var command = new NpgsqlCommand(RemoveSql, connection);
        command.Parameters.AddArray(published.Select(e => e.LeadId.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(published.Select(e => e.Seq).ToArray(), NpgsqlDbType.Bigint);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static LeadEvent ReadEvent(NpgsqlDataReader row) => new(
        new LeadId(row.GetGuid(0)),
        row.GetInt64(1),
        row.GetString(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetString(4),
        row.GetTextOrNull(5),
        row.GetFieldValue<DateTimeOffset>(6));
}
