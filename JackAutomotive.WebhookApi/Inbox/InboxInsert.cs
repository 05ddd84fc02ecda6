using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Stores a batch of rows in one statement, and so with one commit, and tells for each what became of it.</summary>
internal sealed class InboxInsert(NpgsqlDataSource database)
{
    // Numbered in the order of arrival, which is the order of handling; inserted in the order of the keys, so that two batches which
    // hold the same events never wait for each other in a circle.
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

    private const string FirstCopiesSql = """
        SELECT source, dedup_key, body_hash
        FROM unnest($1, $2) AS batch (source, dedup_key) JOIN inbox USING (source, dedup_key)
        """;

    /// <summary>Stores those of the rows whose events are not stored yet. Of several copies in the batch the first counts.</summary>
    /// <returns>What became of each row, in their order: stored, duplicate or conflict.</returns>
    public async Task<Acceptance[]> ExecuteAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        var firsts = rows.DistinctBy(row => row.Identity).ToArray();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var stored = await InsertAsync(connection, firsts, cancellationToken);

        // Known before this batch: what their first copies say is in the inbox.
        var known = Array.FindAll(firsts, row => !stored.Contains(row.Identity));
        var hashes = known.Length == 0 ? [] : await ReadHashesAsync(connection, known, cancellationToken);
        foreach (var row in firsts)
        {
            hashes.TryAdd(row.Identity, row.BodyHash);
        }

        return [.. rows.Select(row =>
            stored.Remove(row.Identity) ? Acceptance.Stored
            : row.BodyHash.AsSpan().SequenceEqual(hashes[row.Identity]) ? Acceptance.Duplicate
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

        // Once per connection: the pool keeps what was prepared.
        await command.PrepareAsync(cancellationToken);

        var stored = new HashSet<(string, string)>(rows.Length);
        await using var answer = await command.ExecuteReaderAsync(cancellationToken);
        while (await answer.ReadAsync(cancellationToken))
        {
            stored.Add((answer.GetString(0), answer.GetString(1)));
        }

        return stored;
    }

    private static async Task<Dictionary<(string Source, string Key), byte[]>> ReadHashesAsync(
        NpgsqlConnection connection,
        InboxRow[] rows,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FirstCopiesSql, connection);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Source), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(rows, row => row.Key), NpgsqlDbType.Text);
        await command.PrepareAsync(cancellationToken);

        var hashes = new Dictionary<(string, string), byte[]>(rows.Length);
        await using var answer = await command.ExecuteReaderAsync(cancellationToken);
        while (await answer.ReadAsync(cancellationToken))
        {
            hashes.Add((answer.GetString(0), answer.GetString(1)), answer.GetFieldValue<byte[]>(2));
        }

        return hashes;
    }
}
