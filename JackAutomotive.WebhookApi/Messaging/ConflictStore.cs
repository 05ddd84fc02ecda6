using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// Keeps what came under the identity of a stored delivery but says something else, beside that delivery: each body once, and about
/// <see cref="MaxPerDelivery"/> of them. Only asked for when there is a conflict, so the ordinary delivery pays nothing.
/// </summary>
internal sealed partial class ConflictStore(NpgsqlDataSource database, ILogger<ConflictStore> logger)
{
    /// <summary>More bodies for one event say nothing new: somebody's ids repeat.</summary>
    internal const int MaxPerDelivery = 10;

    private const string KeepSql = """
        INSERT INTO delivery_conflicts (delivery_id, topic, body_hash, body, headers, trace_parent, received_at)
        SELECT id, $3, $4, $5, $6, $7, $8
        FROM inbox
        WHERE source = $1 AND dedup_key = $2 AND (SELECT count(*) FROM delivery_conflicts WHERE delivery_id = inbox.id) < $9
        ON CONFLICT (delivery_id, body_hash) DO NOTHING
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Keeps the row's body, unless it is kept already or there are enough.</summary>
    /// <returns>False if Postgres is away: then the sender must not be told that all is well.</returns>
    public async Task<bool> KeepAsync(InboxRow row)
    {
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            await using var command = database.CreateCommand(KeepSql);
            command.Parameters.AddText(row.Endpoint.Source);
            command.Parameters.AddText(row.Key);
            command.Parameters.AddText(row.Endpoint.Topic);
            command.Parameters.AddBytes(row.BodyHash);
            command.Parameters.AddBytes(row.Body);
            command.Parameters.AddJsonb(row.Headers);
            command.Parameters.AddText(row.TraceParent);
            command.Parameters.AddTime(row.ReceivedAt);
            command.Parameters.AddInteger(MaxPerDelivery);
            await command.ExecuteNonQueryAsync(patience.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException || DatabaseErrors.IsOutage(e))
        {
            LogNotKept(row.Endpoint.Topic, FailurePolicy.Describe(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a second body of a stored event could not be kept: {Reason}")]
    private partial void LogNotKept(string topic, string reason);
}
