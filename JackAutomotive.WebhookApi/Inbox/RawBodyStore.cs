using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Stores deliveries whose raw body is an object and whose inbox row holds the envelope. Such deliveries are rare, so each is stored in a
/// separate transaction, which also stores the object.
/// </summary>
internal sealed partial class RawBodyStore(
    NpgsqlDataSource database,
    IObjectStore objects,
    IOptions<InboxOptions> options,
    ILogger<RawBodyStore> logger)
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

    private static readonly TimeSpan s_outageRetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Stores the row and its object, unless the row's identity is stored already. While Postgres is unavailable, this method retries for up
    /// to <see cref="InboxOptions.AcceptPatience"/>.
    /// </summary>
    public async Task<Acceptance> StoreAsync(InboxRow row, ObjectUpload rawBody)
    {
        using var timeout = new CancellationTokenSource(options.Value.AcceptPatience);
        try
        {
            while (true)
            {
                try
                {
                    return await TryStoreAsync(row, rawBody, timeout.Token);
                }
                catch (Exception e) when (DatabaseErrors.IsOutage(e))
                {
                    LogOutage(row.Topic, ExceptionSummary.Of(e));
                    await Task.Delay(s_outageRetryDelay, timeout.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return Acceptance.Unavailable;
        }
        catch (Exception e)
        {
            // The provider gets 503 after any failure of the disk, the object store or Postgres, and may retry.
            LogRejected(row.Topic, e);
            return Acceptance.Unavailable;
        }
    }

    /// <summary>Opens the raw body of a delivery; null if the raw body is not an object or was released.</summary>
    /// <exception cref="FileNotFoundException">The raw body is missing from the object store.</exception>
    public async Task<Stream?> OpenAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(RawBodyHashSql);
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

    private async Task<Acceptance> TryStoreAsync(InboxRow row, ObjectUpload rawBody, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await ObjectLock.TakeAsync(command, rawBody.Name, cancellationToken);

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
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            command.CommandText = StoredHashSql;
            command.Parameters.Clear();
            command.Parameters.AddText(row.Source);
            command.Parameters.AddText(row.Key);
            var storedHash = (byte[])(await command.ExecuteScalarAsync(cancellationToken))!;
            return storedHash.AsSpan().SequenceEqual(row.BodyHash) ? Acceptance.Duplicate : Acceptance.Conflict;
        }

        await rawBody.StoreAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Acceptance.Stored;
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a large delivery waits for Postgres: {Reason}")]
    private partial void LogOutage(string topic, string reason);

    [LoggerMessage(LogLevel.Error, "{Topic}: a large delivery could not be stored")]
    private partial void LogRejected(string topic, Exception exception);
}
