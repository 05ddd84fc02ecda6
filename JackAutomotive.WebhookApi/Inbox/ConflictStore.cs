using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Stores conflicting bodies: bodies that arrive with the identity of a stored delivery but with other content. Each body is stored once.
/// Concurrent conflicts can exceed <see cref="MaxPerDelivery"/> by a few bodies.
/// </summary>
internal sealed partial class ConflictStore(NpgsqlDataSource database, IObjectStore objects, ILogger<ConflictStore> logger)
{
    /// <summary>The maximum number of conflicting bodies per delivery. So many bodies prove that the provider reuses its ids.</summary>
    internal const int MaxPerDelivery = 10;

    private const string StoreSql = """
        INSERT INTO delivery_conflicts (delivery_id, topic, body_hash, body, headers, trace_parent, received_at, raw_bytes)
        SELECT id, $3, $4, $5, $6, $7, $8, $10
        FROM inbox
        WHERE source = $1 AND dedup_key = $2 AND (SELECT count(*) FROM delivery_conflicts WHERE delivery_id = inbox.id) < $9
        ON CONFLICT (delivery_id, body_hash) DO NOTHING
        """;

    // The object is uploaded before, so Postgres alone needs this time.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Stores the row's body. A known body changes nothing; neither does a body above the maximum.</summary>
    /// <param name="row">The conflicting delivery.</param>
    /// <param name="rawBody">The uploaded raw body, if the row has only the envelope; otherwise null.</param>
    /// <returns>False if Postgres or the object store failed. A retry succeeds when the outage is over.</returns>
    public async Task<bool> StoreAsync(InboxRow row, LargeObject? rawBody)
    {
        try
        {
            using var timeout = new CancellationTokenSource(s_timeout);
            await using var connection = await database.OpenConnectionAsync(timeout.Token);
            await using var transaction = await connection.BeginTransactionAsync(timeout.Token);
            if (rawBody is not null)
            {
                await using var lockCommand = connection.CreateCommand();
                await ObjectLock.TakeForStoredAsync(lockCommand, objects, rawBody.Name, timeout.Token);
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
            command.Parameters.AddBigint(rawBody?.Length);
            await command.ExecuteNonQueryAsync(timeout.Token);
            await transaction.CommitAsync(timeout.Token);
            return true;
        }
        catch (Exception e) when (!DatabaseErrors.BlamesTheRow(e))
        {
            LogNotStored(row.Topic, ExceptionSummary.Of(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a conflicting body could not be stored: {Reason}")]
    private partial void LogNotStored(string topic, string reason);
}
