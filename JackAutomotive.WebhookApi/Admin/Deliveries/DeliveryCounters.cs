using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>Numbers of deliveries per topic and state. Counting stops at <see cref="CountDeliveries.CountLimit"/>.</summary>
/// <param name="CountLimit">A count equal to this limit means "at least this many".</param>
/// <param name="Topics">One entry per webhook.</param>
internal sealed record DeliveryCounters(int CountLimit, IReadOnlyList<TopicCounters> Topics);

/// <summary>The counters of one webhook.</summary>
/// <param name="Topic">The webhook's topic.</param>
/// <param name="Pending">Deliveries that wait for a worker.</param>
/// <param name="OldestPendingAgeSeconds">Age of the oldest pending delivery; null if no delivery is pending.</param>
/// <param name="Done">Handled deliveries that are not deleted yet.</param>
/// <param name="DoneIsEstimated">True if <paramref name="Done"/> comes from Postgres' statistics, because there are too many rows to count.</param>
/// <param name="Parked">Parked deliveries, one count for each value of <c>parkedAs</c>.</param>
/// <param name="RejectedLast24Hours">Recorded rejections of the last 24 hours, by reason.</param>
/// <param name="Conflicts">Conflicts: deliveries that have the identity of a stored delivery but a different body.</param>
internal sealed record TopicCounters(
    string Topic,
    long Pending,
    double? OldestPendingAgeSeconds,
    long Done,
    bool DoneIsEstimated,
    ParkedCounters Parked,
    IReadOnlyDictionary<string, long> RejectedLast24Hours,
    long Conflicts);

/// <summary>Parked deliveries, one count for each value of <c>parkedAs</c>.</summary>
internal sealed record ParkedCounters(long Malformed, long Unroutable, long Exhausted);

/// <summary><c>GET /api/deliveries/counters</c></summary>
internal sealed class CountDeliveries(NpgsqlDataSource database, EndpointDataSource endpoints, TimeProvider time)
{
    /// <summary>Counting stops at this number of rows, so that a query stays cheap however many rows the inbox holds.</summary>
    internal const int CountLimit = 10_000;

    // Each count reads one partial index and stops at the limit.
    private const string CountSql = """
        SELECT topic,
            (SELECT count(*) FROM (SELECT FROM inbox WHERE inbox.topic = requested.topic AND state = 'pending' LIMIT $2) AS counted),
            (SELECT min(received_at) FROM inbox WHERE inbox.topic = requested.topic AND state = 'pending'),
            (SELECT count(*) FROM (SELECT FROM inbox
                WHERE inbox.topic = requested.topic AND state = 'parked' AND parked_as = 'malformed' LIMIT $2) AS counted),
            (SELECT count(*) FROM (SELECT FROM inbox
                WHERE inbox.topic = requested.topic AND state = 'parked' AND parked_as = 'unroutable' LIMIT $2) AS counted),
            (SELECT count(*) FROM (SELECT FROM inbox
                WHERE inbox.topic = requested.topic AND state = 'parked' AND parked_as = 'exhausted' LIMIT $2) AS counted),
            (SELECT count(*) FROM (SELECT FROM delivery_conflicts AS conflict WHERE conflict.topic = requested.topic LIMIT $2) AS counted)
        FROM unnest($1) AS requested (topic)
        """;

    private const string RejectedSql = """
        SELECT topic, reason, count(*)
        FROM unnest($1) AS requested (topic), LATERAL (
            SELECT reason FROM rejected_deliveries AS rejected
            WHERE rejected.topic = requested.topic AND rejected_at > $3 ORDER BY rejected_at DESC LIMIT $2) AS newest
        GROUP BY topic, reason
        """;

    // The counts are exact while all topics together have fewer done deliveries than the limit.
    private const string DoneSql = """
        SELECT topic, count(*) FROM (SELECT topic FROM inbox WHERE state = 'done' LIMIT $1) AS counted GROUP BY topic
        """;

    // The estimate is a topic's share of the inbox rows, multiplied by the number of rows. Both come from Postgres' statistics (autovacuum).
    private const string EstimateSql = """
        SELECT value, (greatest(pg_class.reltuples, 0) * share)::bigint
        FROM pg_stats JOIN pg_class ON pg_class.oid = 'inbox'::regclass,
            unnest(most_common_vals::text::text[], most_common_freqs) AS common (value, share)
        WHERE pg_stats.schemaname = pg_class.relnamespace::regnamespace::text AND tablename = 'inbox' AND attname = 'topic'
        """;

    public static async Task<Ok<DeliveryCounters>> Handle(CountDeliveries counter, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DeliveryCounters(CountLimit, await counter.CountAsync(cancellationToken)));

    private async Task<IReadOnlyList<TopicCounters>> CountAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var topics = endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<WebhookEndpoint>()?.Topic)
            .OfType<string>().Distinct().Order(StringComparer.Ordinal).ToArray();

        await using var rejectedCommand = CreateCommand(RejectedSql, topics);
        rejectedCommand.Parameters.AddTimestamp(now.AddDays(-1));
        var rejections = await rejectedCommand.ReadAllAsync(
            row => (Topic: row.GetString(0), Reason: row.GetString(1), Count: row.GetInt64(2)), cancellationToken);
        var rejectionsByTopic = rejections.ToLookup(row => row.Topic);

        var (done, isEstimated) = await CountDoneAsync(cancellationToken);
        await using var command = CreateCommand(CountSql, topics);
        return await command.ReadAllAsync(
            row =>
            {
                var (topic, pending) = (row.GetString(0), row.GetInt64(1));
                var parked = new ParkedCounters(row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));
                // The estimate covers deliveries in every state, so the other states are subtracted.
                var notDone = isEstimated ? pending + parked.Malformed + parked.Unroutable + parked.Exhausted : 0;
                return new TopicCounters(
                    topic,
                    pending,
                    row.GetTimeOrNull(2) is { } oldest ? (now - oldest).TotalSeconds : null,
                    Math.Max(done.GetValueOrDefault(topic) - notDone, 0),
                    isEstimated,
                    parked,
                    rejectionsByTopic[topic].ToDictionary(rejection => rejection.Reason, rejection => rejection.Count),
                    row.GetInt64(6));
            },
            cancellationToken);
    }

    private async Task<(Dictionary<string, long> ByTopic, bool IsEstimated)> CountDoneAsync(CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand(DoneSql);
        count.Parameters.AddInteger(CountLimit);
        var counted = await ReadCountsAsync(count, cancellationToken);
        if (counted.Values.Sum() < CountLimit)
        {
            return (counted, false);
        }

        await using var estimate = database.CreateCommand(EstimateSql);
        return (await ReadCountsAsync(estimate, cancellationToken), true);
    }

    private static async Task<Dictionary<string, long>> ReadCountsAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        (await command.ReadAllAsync(row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1)), cancellationToken)).ToDictionary();

    private NpgsqlCommand CreateCommand(string sql, string[] topics)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddArray(topics, NpgsqlDbType.Text);
        command.Parameters.AddInteger(CountLimit);
        return command;
    }
}
