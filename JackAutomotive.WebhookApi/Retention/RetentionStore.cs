using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>The result of one step through the inbox.</summary>
/// <param name="LastId">The id of the last examined delivery; null if no delivery is left.</param>
/// <param name="LastReceivedAt">The latest receive time of the examined deliveries; null if no delivery is left.</param>
/// <param name="DeletedDone">The number of handled deliveries that the step deleted.</param>
/// <param name="DeletedParked">The number of parked deliveries that the step deleted.</param>
internal sealed record RetentionStep(long? LastId, DateTimeOffset? LastReceivedAt, long DeletedDone, long DeletedParked);

/// <summary>
/// Deletes rows after their retention time. The steps go through the inbox in the order of arrival, so the primary key finds the oldest
/// deliveries.
/// </summary>
internal static class RetentionStore
{
    // The number is arbitrary ("KEEP" in ASCII). It must never change, because all instances must use the same lock.
    private const string TryLockSql = "SELECT pg_try_advisory_lock(1262830928)";

    private const string UnlockSql = "SELECT pg_advisory_unlock(1262830928)";

    // The DELETE checks state and age on the locked row, so a delivery that is replayed at the same time is not deleted.
    private const string DeleteDeliveriesSql = """
        -- delete old deliveries
        WITH examined AS (SELECT id, received_at FROM inbox WHERE id > $1 ORDER BY id LIMIT $2),
        deleted AS (
            DELETE FROM inbox USING examined
            WHERE inbox.id = examined.id
                AND ((inbox.state = 'done' AND inbox.completed_at < $3) OR (inbox.state = 'parked' AND inbox.completed_at < $4))
            RETURNING inbox.state)
        SELECT (SELECT max(id) FROM examined), (SELECT max(received_at) FROM examined),
            (SELECT count(*) FROM deleted WHERE state = 'done'), (SELECT count(*) FROM deleted WHERE state = 'parked')
        """;

    // The ids rise with the time of the rejection, so the lowest ids are the oldest rows.
    private const string DeleteRejectedSql = """
        DELETE FROM rejected_deliveries
        WHERE id IN (SELECT id FROM rejected_deliveries ORDER BY id LIMIT $1) AND rejected_at < $2
        """;

    /// <summary>
    /// Takes the lock that lets only one instance delete at a time. The lock ends with the connection. Returns false if another instance
    /// has the lock.
    /// </summary>
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

    /// <summary>Examines the next deliveries and deletes the old ones.</summary>
    /// <param name="connection">The connection that has the lock.</param>
    /// <param name="afterId">The id of the last delivery that the previous step examined; 0 for the first step.</param>
    /// <param name="limit">The maximum number of deliveries to examine.</param>
    /// <param name="doneBefore">Deliveries that were handled before this time are deleted; null deletes none.</param>
    /// <param name="parkedBefore">Deliveries that were parked before this time are deleted; null deletes none.</param>
    /// <param name="cancellationToken">Cancels the step.</param>
    public static async Task<RetentionStep> DeleteDeliveriesAsync(
        NpgsqlConnection connection,
        long afterId,
        int limit,
        DateTimeOffset? doneBefore,
        DateTimeOffset? parkedBefore,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteDeliveriesSql, connection);
        command.Parameters.AddBigint(afterId);
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

    /// <summary>Deletes the oldest rejection records that are older than a time. Returns the number of deleted rows.</summary>
    /// <param name="connection">The connection that has the lock.</param>
    /// <param name="limit">The maximum number of rows to delete.</param>
    /// <param name="rejectedBefore">Records of deliveries that were rejected before this time are deleted.</param>
    /// <param name="cancellationToken">Cancels the deletion.</param>
    public static async Task<int> DeleteRejectedAsync(
        NpgsqlConnection connection,
        int limit,
        DateTimeOffset rejectedBefore,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteRejectedSql, connection);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTimestamp(rejectedBefore);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
