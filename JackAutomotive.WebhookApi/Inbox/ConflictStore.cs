using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Stores conflicting bodies: bodies that arrive under the identity of a stored delivery but differ from the stored body. The store
/// keeps each body once, and about <see cref="MaxPerDelivery"/> bodies per delivery. Only a conflict causes a query here.
/// </summary>
internal sealed partial class ConflictStore(NpgsqlDataSource database, ILogger<ConflictStore> logger)
{
    /// <summary>More bodies of one event add no information: the provider reuses its ids.</summary>
    internal const int MaxPerDelivery = 10;

    private const string StoreSql = """
        INSERT INTO delivery_conflicts (delivery_id, topic, body_hash, body, headers, trace_parent, received_at, raw_bytes)
        SELECT id, $3, $4, $5, $6, $7, $8, $10
        FROM inbox
        WHERE source = $1 AND dedup_key = $2 AND (SELECT count(*) FROM delivery_conflicts WHERE delivery_id = inbox.id) < $9
        ON CONFLICT (delivery_id, body_hash) DO NOTHING
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Stores the row's body, unless the body is stored already or the delivery has its maximum of bodies.</summary>
    /// <param name="row">The conflicting delivery.</param>
    /// <param name="raw">The signed body, if the row holds only its envelope.</param>
    /// <returns>False if storing failed: then the provider must not be answered 200.</returns>
    public async Task<bool> StoreAsync(InboxRow row, ObjectUpload? raw)
    {
        try
        {
            using var timeout = new CancellationTokenSource(s_timeout);
            await using var connection = await database.OpenConnectionAsync(timeout.Token);
            await using var transaction = await connection.BeginTransactionAsync(timeout.Token);
            if (raw is not null)
            {
                await using var locking = connection.CreateCommand();
                await ObjectLock.TakeAsync(locking, raw.Name, timeout.Token);
            }

            await using var command = new NpgsqlCommand(StoreSql, connection);
            command.Parameters.AddText(row.Source);
            command.Parameters.AddText(row.Key);
            command.Parameters.AddText(row.Topic);
            command.Parameters.AddBytes(row.BodyHash);
            command.Parameters.AddBytes(row.Body);
            command.Parameters.AddJsonb(row.Headers);
            command.Parameters.AddText(row.TraceParent);
            command.Parameters.AddTimestamp(row.ReceivedAt);
            command.Parameters.AddInteger(MaxPerDelivery);
            command.Parameters.AddBigint(raw?.Length);
            if (await command.ExecuteNonQueryAsync(timeout.Token) > 0 && raw is not null)
            {
                await raw.KeepAsync(timeout.Token);
            }

            await transaction.CommitAsync(timeout.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException || DatabaseErrors.IsOutage(e))
        {
            LogNotStored(row.Topic, ExceptionSummary.Of(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a second body of a stored event could not be stored: {Reason}")]
    private partial void LogNotStored(string topic, string reason);
}
