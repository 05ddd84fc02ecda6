using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Stores deliveries whose raw body is an object and whose inbox row holds the envelope. The object comes first, and then the row that names
/// it, in a separate transaction for each delivery: such deliveries are rare.
/// </summary>
internal sealed class RawBodyStore(NpgsqlDataSource database, IObjectStore objects)
{
    private const string InsertSql = """
        INSERT INTO inbox (
            source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, due_at, received_at, raw_bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
        ON CONFLICT (source, dedup_key) DO NOTHING
        """;

    private const string StoredHashSql = "SELECT body_hash FROM inbox WHERE source = $1 AND dedup_key = $2";

    private const string RawBodyHashSql = "SELECT body_hash FROM inbox WHERE id = $1 AND raw_bytes IS NOT NULL AND NOT raw_released";

    private const string ReleaseSql = "UPDATE inbox SET raw_released = true WHERE id = $1 AND raw_bytes IS NOT NULL";

    /// <summary>
    /// Uploads the raw body and then stores the row, unless the row's identity is stored already. The raw body of a duplicate is not
    /// uploaded; the raw body of a conflict is.
    /// </summary>
    /// <returns>Stored, duplicate or conflict.</returns>
    /// <remarks>The method throws the errors of Postgres and of the object store. A retry is safe.</remarks>
    public async Task<Acceptance> StoreAsync(InboxRow row, LargeObject rawBody, CancellationToken cancellationToken)
    {
        if (await FindAcceptanceAsync(row, cancellationToken) is Acceptance.Duplicate)
        {
            return Acceptance.Duplicate;
        }

        await rawBody.UploadAsync(cancellationToken);
        return await InsertAsync(row, rawBody, cancellationToken)
            ? Acceptance.Stored
            : await FindAcceptanceAsync(row, cancellationToken) ?? throw new IOException("The row of a stored delivery was removed meanwhile.");
    }

    /// <summary>Opens the raw body of a delivery; null if the raw body is not an object or was released.</summary>
    /// <exception cref="FileNotFoundException">The raw body is missing from the object store.</exception>
    public async Task<Stream?> OpenAsync(InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RawBodyHashSql);
        command.Parameters.AddBigint(delivery.Id);
        if (await command.ExecuteScalarAsync(cancellationToken) is not byte[] hash)
        {
            return null;
        }

        var name = ObjectName.FromHash(hash);
        return await objects.OpenAsync(name, cancellationToken)
            ?? throw new FileNotFoundException($"The raw body {name} is not in the object store.");
    }

    /// <summary>Marks a delivery's raw body as no longer needed, so that its object can be removed. Deleting the row has the same effect.</summary>
    public static async Task ReleaseAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReleaseSql);
        command.Parameters.AddBigint(delivery.Id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<Acceptance?> FindAcceptanceAsync(InboxRow row, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(StoredHashSql);
        command.Parameters.AddText(row.Source);
        command.Parameters.AddText(row.Key);
        return await command.ExecuteScalarAsync(cancellationToken) is not byte[] storedHash ? null
            : storedHash.AsSpan().SequenceEqual(row.BodyHash) ? Acceptance.Duplicate
            : Acceptance.Conflict;
    }

    private async Task<bool> InsertAsync(InboxRow row, LargeObject rawBody, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await ObjectLock.TakeForStoredAsync(command, objects, rawBody.Name, cancellationToken);

        command.CommandText = InsertSql;
        command.Parameters.Clear();
        command.Parameters.AddText(row.Source);
        command.Parameters.AddText(row.Topic);
        command.Parameters.AddText(row.Key);
        command.Parameters.AddText(row.OrderingKey);
        command.Parameters.AddBytes(row.Body);
        command.Parameters.AddBytes(row.BodyHash);
        command.Parameters.AddJsonb(row.Headers);
        command.Parameters.AddText(row.TraceParent);
        command.Parameters.AddTimestamp(row.ReceivedAt);
        command.Parameters.AddBigint(rawBody.Length);
        var isStored = await command.ExecuteNonQueryAsync(cancellationToken) == 1;
        await transaction.CommitAsync(cancellationToken);
        return isStored;
    }
}
