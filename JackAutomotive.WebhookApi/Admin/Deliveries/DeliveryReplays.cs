using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>
/// Replays deliveries. The attempt number rises over all replays, because it identifies the claim. A replayed delivery gets
/// a full set of new attempts. Each replay records the delivery's previous state and the API key that requested the replay.
/// </summary>
internal sealed partial class DeliveryReplays(
    NpgsqlDataSource database,
    InboxSignal signal,
    WebhookApiMetrics metrics,
    TimeProvider time,
    ILogger<DeliveryReplays> logger)
{
    // A successful attempt is recorded only in the inbox row, which this statement overwrites. The statement therefore copies the attempt to
    // delivery_attempts. Pending deliveries stay unchanged.
    private const string ReplaySql = """
        -- replay deliveries
        WITH chosen AS (
            SELECT id, topic, state, parked_as, attempts, completed_at FROM inbox
            WHERE id = ANY ($1) AND state <> 'pending'
            ORDER BY id FOR UPDATE),
        ended AS (
            INSERT INTO delivery_attempts (delivery_id, attempt, outcome, ended_at)
            SELECT id, attempts, 'done', completed_at FROM chosen WHERE state = 'done'
            ON CONFLICT (delivery_id, attempt) DO NOTHING),
        noted AS (
            INSERT INTO delivery_replays (delivery_id, attempts, requested_by, state, parked_as, requested_at)
            SELECT id, attempts, $2, state, parked_as, $3 FROM chosen)
        UPDATE inbox SET state = 'pending', parked_as = NULL, completed_at = NULL, due_at = $3, attempts_before_replay = inbox.attempts,
            attempts_uncounted = 0
        FROM chosen WHERE inbox.id = chosen.id
        RETURNING inbox.id, inbox.topic
        """;

    private const string ExistsSql = "SELECT FROM inbox WHERE id = $1";

    // A pending delivery needs no replay: a worker handles it anyway.
    private const string ChooseSql = "SELECT id FROM inbox WHERE state <> 'pending' AND";

    /// <summary>Makes one delivery due at once.</summary>
    /// <returns>True if the delivery is due now, false if it was already pending, null if no such delivery exists.</returns>
    public async Task<bool?> ReplayAsync(long id, string requestedBy, CancellationToken cancellationToken)
    {
        if (await ReplayAllAsync([id], requestedBy, cancellationToken) == 1)
        {
            return true;
        }

        await using var command = database.CreateCommand(ExistsSql);
        command.Parameters.AddBigint(id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? false : null;
    }

    /// <summary>
    /// Makes the newest deliveries that match the filter due at once, at most <see cref="DeliveryFilter.Limit"/> of them. Matching
    /// deliveries are counted up to <paramref name="countLimit"/>.
    /// </summary>
    public async Task<BulkReplay> ReplayAsync(
        DeliveryFilter filter,
        int countLimit,
        string requestedBy,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand();
        command.CommandText = $"{ChooseSql} {DeliverySelection.BuildCondition(command, filter)} ORDER BY id DESC LIMIT {countLimit}";
        var matched = await command.ReadAllAsync(row => row.GetInt64(0), cancellationToken);

        var chosen = matched.Take(filter.Limit).ToArray();
        var replayed = await ReplayAllAsync(chosen, requestedBy, cancellationToken);
        return new BulkReplay(matched.Count, replayed, matched.Count > chosen.Length ? chosen[^1] : null);
    }

    private async Task<int> ReplayAllAsync(long[] ids, string requestedBy, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReplaySql);
        command.Parameters.AddArray(ids, NpgsqlDbType.Bigint);
        command.Parameters.AddText(requestedBy);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        var replayed = await command.ReadAllAsync(row => (Id: row.GetInt64(0), Topic: row.GetString(1)), cancellationToken);
        foreach (var (id, topic) in replayed)
        {
            metrics.CountReplayed(topic);
            LogReplayed(topic, id, requestedBy);
        }

        signal.Notify();
        return replayed.Count;
    }

    [LoggerMessage(LogLevel.Information, "{Topic}: delivery {DeliveryId} is handled again at the request of '{RequestedBy}'")]
    private partial void LogReplayed(string topic, long deliveryId, string requestedBy);
}
