using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Stores a batch of rows in one statement, and so with one commit, and returns the result for each row.</summary>
internal sealed class InboxInsert(NpgsqlDataSource database)
{
    // Ids follow the order of arrival, which is the order of handling. Inserts follow the order of the dedup keys, so that two batches with
    // the same dedup keys never deadlock.
    private const string InsertSql = """
        -- store deliveries
        WITH arrived AS MATERIALIZED (
            SELECT nextval('inbox_id_seq') AS id, batch.*
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                AS batch (source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, received_at))
        INSERT INTO inbox (id, source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, due_at, received_at)
        OVERRIDING SYSTEM VALUE
        SELECT id, source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, received_at, received_at
        FROM arrived
        ORDER BY source, dedup_key
        ON CONFLICT (source, dedup_key) DO NOTHING
        RETURNING source, dedup_key
        """;

    private const string StoredHashesSql = """
        SELECT source, dedup_key, body_hash
        FROM unnest($1, $2) AS batch (source, dedup_key) JOIN inbox USING (source, dedup_key)
        """;

    /// <summary>Stores the rows whose identity is new to the inbox. If several rows have the same identity, the first row counts.</summary>
    /// <returns>The result for each row, in the order of the rows: stored, duplicate or conflict.</returns>
    public async Task<Acceptance[]> ExecuteAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        var distinctRows = rows.DistinctBy(row => row.Identity).ToArray();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var stored = await InsertAsync(connection, distinctRows, cancellationToken);

        // Earlier batches stored these identities, so the hashes of the first bodies are in the inbox.
        var storedBefore = Array.FindAll(distinctRows, row => !stored.Contains(row.Identity));
        var firstHashes = storedBefore.Length == 0 ? [] : await ReadHashesAsync(connection, storedBefore, cancellationToken);
        foreach (var row in distinctRows)
        {
            firstHashes.TryAdd(row.Identity, row.BodyHash);
        }

        // Remove succeeds once per identity: for the first row, which is the stored one.
        return [.. rows.Select(row =>
            stored.Remove(row.Identity) ? Acceptance.Stored
            : row.BodyHash.AsSpan().SequenceEqual(firstHashes[row.Identity]) ? Acceptance.Duplicate
            : Acceptance.Conflict)];
    }

    private static async Task<HashSet<(string Source, string Key)>> InsertAsync(
        NpgsqlConnection connection,
        InboxRow[] rows,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(InsertSql, connection);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Source), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Topic), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Key), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.OrderingKey), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Body), NpgsqlDbType.Bytea);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.BodyHash), NpgsqlDbType.Bytea);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Headers), NpgsqlDbType.Jsonb);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.TraceParent), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.ReceivedAt.UtcDateTime), NpgsqlDbType.TimestampTz);

        // A pooled connection keeps its prepared statements, so only the first call on a connection prepares the statement.
        await command.PrepareAsync(cancellationToken);

        var stored = new HashSet<(string, string)>(rows.Length);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            stored.Add((reader.GetString(0), reader.GetString(1)));
        }

        return stored;
    }

    private static async Task<Dictionary<(string Source, string Key), byte[]>> ReadHashesAsync(
        NpgsqlConnection connection,
        InboxRow[] rows,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(StoredHashesSql, connection);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Source), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Key), NpgsqlDbType.Text);
        await command.PrepareAsync(cancellationToken);

        var hashes = new Dictionary<(string, string), byte[]>(rows.Length);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            hashes.Add((reader.GetString(0), reader.GetString(1)), reader.GetFieldValue<byte[]>(2));
        }

        return hashes;
    }
}
