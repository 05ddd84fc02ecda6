using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Keeps what came under the identity of a stored delivery but says something else, beside that delivery: each body once, and about
/// <see cref="MaxPerDelivery"/> of them. Only asked for when there is a conflict, so the ordinary delivery pays nothing.
/// </summary>
internal sealed partial class ConflictStore(NpgsqlDataSource database, ILogger<ConflictStore> logger)
{
    /// <summary>More bodies for one event say nothing new: somebody's ids repeat.</summary>
    internal const int MaxPerDelivery = 10;

    private const string KeepSql = """
        INSERT INTO delivery_conflicts (delivery_id, topic, body_hash, body, headers, trace_parent, received_at, raw_bytes)
        SELECT id, $3, $4, $5, $6, $7, $8, $10
        FROM inbox
        WHERE source = $1 AND dedup_key = $2 AND (SELECT count(*) FROM delivery_conflicts WHERE delivery_id = inbox.id) < $9
        ON CONFLICT (delivery_id, body_hash) DO NOTHING
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Keeps the row's body, unless it is kept already or there are enough.</summary>
    /// <param name="row">The conflicting delivery.</param>
    /// <param name="raw">What was signed, if the row has only its envelope.</param>
    /// <returns>False if it could not be kept: then the sender must not be told that all is well.</returns>
    public async Task<bool> KeepAsync(InboxRow row, ObjectUpload? raw)
    {
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            await using var connection = await database.OpenConnectionAsync(patience.Token);
            await using var transaction = await connection.BeginTransactionAsync(patience.Token);
            if (raw is not null)
            {
                await using var locking = connection.CreateCommand();
                await ObjectReferences.LockAsync(locking, raw.Name, patience.Token);
            }

            await using var command = new NpgsqlCommand(KeepSql, connection);
            command.Parameters.AddText(row.Source);
            command.Parameters.AddText(row.Key);
            command.Parameters.AddText(row.Topic);
            command.Parameters.AddBytes(row.BodyHash);
            command.Parameters.AddBytes(row.Body);
            command.Parameters.AddJsonb(row.Headers);
            command.Parameters.AddText(row.TraceParent);
            command.Parameters.AddTime(row.ReceivedAt);
            command.Parameters.AddInteger(MaxPerDelivery);
            command.Parameters.AddBigint(raw?.Length);
            if (await command.ExecuteNonQueryAsync(patience.Token) > 0 && raw is not null)
            {
                await raw.KeepAsync(patience.Token);
            }

            await transaction.CommitAsync(patience.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException || DatabaseErrors.IsOutage(e))
        {
            LogNotKept(row.Topic, ExceptionSummary.Of(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a second body of a stored event could not be kept: {Reason}")]
    private partial void LogNotKept(string topic, string reason);
}
