using System.Data;
using System.Diagnostics;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>Reads deliveries for administrators.</summary>
internal sealed class DeliveryReader(NpgsqlDataSource database, TimeProvider time)
{
    private const string ListSql = """
        SELECT id, source, topic, dedup_key, state, parked_as, reason, attempts, received_at, completed_at FROM inbox
        """;

    private const string FindSql = """
        SELECT source, topic, dedup_key, ordering_key, state, parked_as, reason, error, attempts, received_at, completed_at, due_at,
            lease_until, trace_parent, headers::text, body, body_hash, CASE WHEN NOT raw_released THEN raw_bytes END
        FROM inbox WHERE id = $1
        """;

    private const string AttemptsSql = """
        SELECT attempt, outcome, ended_at, error_class, reason FROM delivery_attempts WHERE delivery_id = $1 ORDER BY attempt
        """;

    private const string ReplaysSql = """
        SELECT requested_by, requested_at, state, parked_as FROM delivery_replays WHERE delivery_id = $1 ORDER BY requested_at, attempts
        """;

    private const string EventsSql = """
        SELECT lead_id, seq, type FROM lead_events WHERE delivery_id = $1 ORDER BY lead_id, seq
        """;

    private const string ConflictsSql = """
        SELECT received_at, CASE WHEN raw_bytes IS NULL THEN sha256(body) ELSE body_hash END, trace_parent, headers::text, body, raw_bytes
        FROM delivery_conflicts WHERE delivery_id = $1
        ORDER BY received_at, body_hash
        """;

    /// <summary>Lists the deliveries that match the filter, newest first.</summary>
    public async Task<DeliveryPage> ListAsync(DeliveryFilter filter, CancellationToken cancellationToken)
    {
        // The query reads one row more than the page holds. The additional row shows that another page exists.
        await using var command = database.CreateCommand();
        command.CommandText = $"{ListSql} WHERE {DeliverySelection.BuildCondition(command, filter)} ORDER BY id DESC LIMIT {filter.Limit + 1}";
        var found = await command.ReadAllAsync(ReadItem, cancellationToken);
        return found.Count > filter.Limit
            ? new DeliveryPage([.. found.Take(filter.Limit)], found[filter.Limit - 1].Id)
            : new DeliveryPage(found, null);
    }

    /// <summary>Reads one delivery with all its details from one database snapshot; null if no such delivery exists.</summary>
    public async Task<DeliveryDetails?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await ReadAsync(connection, FindSql, id, row => ReadDelivery(id, row), cancellationToken) is not [var (delivery, last)])
        {
            return null;
        }

        return delivery with
        {
            AttemptLog = AttemptLog.Of(await ReadAsync(connection, AttemptsSql, id, ReadAttempt, cancellationToken), last),
            Replays = await ReadAsync(connection, ReplaysSql, id, ReadReplay, cancellationToken),
            Events = await ReadAsync(connection, EventsSql, id, ReadEvent, cancellationToken),
            Conflicts = await ReadAsync(connection, ConflictsSql, id, ReadConflict, cancellationToken),
        };
    }

    private static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection,
        string sql,
        long id,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddBigint(id);
        return await command.ReadAllAsync(read, cancellationToken);
    }

    private static DeliveryListItem ReadItem(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.GetTextOrNull(5),
        row.GetTextOrNull(6),
        row.GetInt32(7),
        row.GetFieldValue<DateTimeOffset>(8),
        row.GetTimeOrNull(9));

    private (DeliveryDetails Delivery, LastAttempt Last) ReadDelivery(long id, NpgsqlDataReader row)
    {
        var (state, attempts, completedAt) = (row.GetString(4), row.GetInt32(8), row.GetTimeOrNull(10));
        var delivery = new DeliveryDetails
        {
            Id = id,
            Source = row.GetString(0),
            Topic = row.GetString(1),
            Key = row.GetString(2),
            OrderingKey = row.GetString(3),
            State = state,
            ParkedAs = row.GetTextOrNull(5),
            Reason = row.GetTextOrNull(6),
            Error = row.GetTextOrNull(7),
            Attempts = attempts,
            ReceivedAt = row.GetFieldValue<DateTimeOffset>(9),
            CompletedAt = completedAt,
            DueAt = state == "pending" ? row.GetTimeOrNull(11) : null,
            TraceId = TraceIdOf(row.GetTextOrNull(13)),
            Headers = JsonElement.Parse(row.GetString(14)),
            Body = BodyView.Of(row.GetFieldValue<byte[]>(15)),
            Raw = RawView.Of(row.GetFieldValue<byte[]>(16), row.IsDBNull(17) ? null : row.GetInt64(17)),
        };
        return (delivery, new LastAttempt(attempts, state, completedAt, row.GetTimeOrNull(12) > time.GetUtcNow()));
    }

    private static AttemptView ReadAttempt(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetString(1), row.GetTimeOrNull(2), row.GetTextOrNull(3), row.GetTextOrNull(4));

    private static ReplayView ReadReplay(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetTextOrNull(3));

    private static CausedEvent ReadEvent(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetInt64(1), row.GetString(2));

    private static ConflictView ReadConflict(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0),
        Convert.ToHexStringLower(row.GetFieldValue<byte[]>(1)),
        TraceIdOf(row.GetTextOrNull(2)),
        JsonElement.Parse(row.GetString(3)),
        BodyView.Of(row.GetFieldValue<byte[]>(4)),
        RawView.Of(row.GetFieldValue<byte[]>(1), row.IsDBNull(5) ? null : row.GetInt64(5)));

    private static string? TraceIdOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, out var context) ? context.TraceId.ToHexString() : null;
}
