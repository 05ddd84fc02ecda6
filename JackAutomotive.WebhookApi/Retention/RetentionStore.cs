using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>What one step through the inbox came to.</summary>
/// <param name="LastId">The last delivery looked at; null when there are no more.</param>
/// <param name="LastReceivedAt">When it was received.</param>
/// <param name="Done">Handled deliveries that were deleted.</param>
/// <param name="Parked">Parked deliveries that were deleted.</param>
internal sealed record RetentionStep(long? LastId, DateTimeOffset? LastReceivedAt, long Done, long Parked);

/// <summary>
/// Deletes rows that are old enough. The inbox is walked in the order of arrival, so its oldest end is found without an index of its
/// own; what belongs to a delivery goes with it.
/// </summary>
internal static class RetentionStore
{
    // Any number will do, as long as it never changes ("KEEP" in ASCII).
    private const string TryLockSql = "SELECT pg_try_advisory_lock(1262830928)";

    private const string UnlockSql = "SELECT pg_advisory_unlock(1262830928)";

    // State and age are checked on the row as it is when it is locked: one that is being replayed stays.
    private const string DeleteDeliveriesSql = """
        -- delete old deliveries
        WITH walked AS (SELECT id, received_at FROM inbox WHERE id > $1 ORDER BY id LIMIT $2),
        deleted AS (
            DELETE FROM inbox USING walked
            WHERE inbox.id = walked.id
                AND ((inbox.state = 'done' AND inbox.completed_at < $3) OR (inbox.state = 'parked' AND inbox.completed_at < $4))
            RETURNING inbox.state)
        SELECT (SELECT max(id) FROM walked), (SELECT max(received_at) FROM walked),
            (SELECT count(*) FROM deleted WHERE state = 'done'), (SELECT count(*) FROM deleted WHERE state = 'parked')
        """;

    // Numbered in the order of time.
    private const string DeleteRejectedSql = """
        DELETE FROM rejected_deliveries
        WHERE id IN (SELECT id FROM rejected_deliveries ORDER BY id LIMIT $1) AND rejected_at < $2
        """;

    /// <summary>Makes this connection's owner the only one who deletes, unless somebody else is; ends with the connection.</summary>
    public static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TryLockSql, connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task UnlockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(UnlockSql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Looks at the next deliveries and deletes those that are old enough.</summary>
    /// <param name="connection">The one that holds the lock.</param>
    /// <param name="after">The last delivery of the step before; 0 to begin.</param>
    /// <param name="limit">How many to look at.</param>
    /// <param name="doneBefore">Handled ones from before this go; null for none.</param>
    /// <param name="parkedBefore">Parked ones from before this go; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<RetentionStep> DeleteDeliveriesAsync(
        NpgsqlConnection connection,
        long after,
        int limit,
        DateTimeOffset? doneBefore,
        DateTimeOffset? parkedBefore,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteDeliveriesSql, connection);
        command.Parameters.AddBigint(after);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(doneBefore);
        command.Parameters.AddTimestamp(parkedBefore);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new RetentionStep(
            row.IsDBNull(0) ? null : row.GetInt64(0),
            row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1),
            row.GetInt64(2),
            row.GetInt64(3));
    }

    /// <summary>Deletes the oldest refusals from before a time, up to a number of them. Returns how many went.</summary>
    public static async Task<int> DeleteRejectedAsync(
        NpgsqlConnection connection,
        int limit,
        DateTimeOffset before,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteRejectedSql, connection);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(before);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
