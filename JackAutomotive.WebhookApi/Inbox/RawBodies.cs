using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// Deliveries whose body is an object: the row holds the envelope. They are few, so each has a transaction of its own, in which the
/// object is put and the row that names it is written.
/// </summary>
internal sealed partial class RawBodies(
    NpgsqlDataSource database,
    IObjectStore store,
    IOptions<InboxOptions> options,
    ILogger<RawBodies> logger)
{
    private const string InsertSql = """
        INSERT INTO inbox (
            source, topic, dedup_key, ordering_key, body, body_hash, headers, trace_parent, due_at, received_at, raw_bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
        ON CONFLICT (source, dedup_key) DO NOTHING
        """;

    private const string FirstCopySql = "SELECT body_hash FROM inbox WHERE source = $1 AND dedup_key = $2";

    private const string FindSql = "SELECT body_hash FROM inbox WHERE id = $1 AND raw_bytes IS NOT NULL AND NOT raw_released";

    private const string ReleaseSql = "UPDATE inbox SET raw_released = true WHERE id = $1 AND raw_bytes IS NOT NULL";

    private static readonly TimeSpan s_outagePause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Stores the row and keeps its object, unless the event is stored already. While Postgres is away it waits, up to
    /// <see cref="InboxOptions.AcceptPatience"/>.
    /// </summary>
    public async Task<Acceptance> StoreAsync(InboxRow row, ObjectUpload raw)
    {
        using var patience = new CancellationTokenSource(options.Value.AcceptPatience);
        try
        {
            while (true)
            {
                try
                {
                    return await TryStoreAsync(row, raw, patience.Token);
                }
                catch (Exception e) when (DatabaseErrors.IsOutage(e))
                {
                    LogOutage(row.Topic, ExceptionSummary.Of(e));
                    await Task.Delay(s_outagePause, patience.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return Acceptance.Unavailable;
        }
        catch (Exception e)
        {
            // Whatever the disk, the bucket or Postgres have against it, the sender may try again.
            LogRefused(row.Topic, e);
            return Acceptance.Unavailable;
        }
    }

    /// <summary>Opens the raw body of a delivery; null if it has none, or has it no more.</summary>
    /// <exception cref="IOException">It ought to be there, but is not.</exception>
    public async Task<Stream?> OpenAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindSql);
        command.Parameters.AddBigint(delivery.Id);
        if (await command.ExecuteScalarAsync(cancellationToken) is not byte[] hash)
        {
            return null;
        }

        var name = ObjectName.Of(hash);
        return await store.OpenAsync(name, cancellationToken)
            ?? throw new IOException($"The raw body {name} is not in the object store.");
    }

    /// <summary>Says that a delivery's raw body is not needed any more; it will be removed, as it will be when the row is deleted.</summary>
    public static async Task ReleaseAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReleaseSql);
        command.Parameters.AddBigint(delivery.Id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<Acceptance> TryStoreAsync(InboxRow row, ObjectUpload raw, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await ObjectReferences.LockAsync(command, raw.Name, cancellationToken);

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
        command.Parameters.AddTime(row.ReceivedAt);
        command.Parameters.AddBigint(raw.Length);
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            command.CommandText = FirstCopySql;
            command.Parameters.Clear();
            command.Parameters.AddText(row.Source);
            command.Parameters.AddText(row.Key);
            var first = (byte[])(await command.ExecuteScalarAsync(cancellationToken))!;
            return first.AsSpan().SequenceEqual(row.BodyHash) ? Acceptance.Duplicate : Acceptance.Conflict;
        }

        await raw.KeepAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Acceptance.Stored;
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a large delivery waits for Postgres: {Reason}")]
    private partial void LogOutage(string topic, string reason);

    [LoggerMessage(LogLevel.Error, "{Topic}: a large delivery could not be stored")]
    private partial void LogRefused(string topic, Exception exception);
}
