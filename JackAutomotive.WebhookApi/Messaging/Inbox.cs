using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging.LargeBodies;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>How the inbox took a delivery.</summary>
internal enum Acceptance
{
    /// <summary>Stored for the first time.</summary>
    Stored,

    /// <summary>Stored before; nothing has changed.</summary>
    Duplicate,

    /// <summary>An event of this identity is stored, but with another body. The first one counts, the other is kept beside it.</summary>
    Conflict,

    /// <summary>Postgres is away: it is on this machine's disk, and will be stored when Postgres is back.</summary>
    Spooled,

    /// <summary>Postgres is away or too much waits for it; nothing is stored.</summary>
    Unavailable,
}

/// <summary>
/// The durable inbox: one row per event. A delivery is answered once its row is committed, claimed by one worker at a time, and marked
/// as done in the transaction that holds its effects.
/// </summary>
internal sealed partial class Inbox(
    NpgsqlDataSource database,
    InboxWriter writer,
    InboxInsert insert,
    RawBodies rawBodies,
    InboxSignal signal,
    ConflictStore conflicts,
    RoutingConfiguration routing,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    IOptions<MessagingOptions> options,
    TimeProvider time,
    ILogger<Inbox> logger)
{
    // By state and due time, never by "newer than the last one seen": identities commit out of order. Only the oldest unfinished
    // delivery of an ordering key is eligible, and none while another one of that key is leased.
    private const string ClaimSql = """
        WITH due AS (
            SELECT id
            FROM inbox AS candidate
            WHERE state = 'pending' AND due_at <= $1
              AND NOT EXISTS (
                  SELECT FROM inbox AS other
                  WHERE other.ordering_key = candidate.ordering_key AND other.state = 'pending' AND other.id <> candidate.id
                    AND (other.id < candidate.id OR other.lease_until > $1))
            ORDER BY due_at, id
            LIMIT $2
            FOR UPDATE SKIP LOCKED)
        UPDATE inbox
        SET attempts = attempts + 1, lease_until = $3, due_at = $3
        FROM due
        WHERE inbox.id = due.id
        RETURNING inbox.id, topic, dedup_key, body, trace_parent, attempts, received_at, attempts - attempts_before_replay
        """;

    // The attempt is the token of the claim: a worker that lost its lease finds a higher one and changes nothing.
    private const string CompleteSql = """
        UPDATE inbox SET state = 'done', completed_at = $3, lease_until = NULL, reason = NULL, error = NULL
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        """;

    // What goes wrong is rare, so it is put on record in the same statement; what ends well is told by the row itself.
    private const string RetrySql = """
        WITH given_back AS (
            UPDATE inbox SET due_at = $3, lease_until = NULL, reason = $4, error = $5
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts)
        INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
        SELECT id, attempts, 'retried', $6, $4, $7 FROM given_back
        """;

    private const string ParkSql = """
        WITH parked AS (
            UPDATE inbox SET state = 'parked', completed_at = $3, lease_until = NULL, parked_as = $4, reason = $5, error = $6, routing = $8
            WHERE id = $1 AND attempts = $2 AND state = 'pending'
            RETURNING id, attempts)
        INSERT INTO delivery_attempts (delivery_id, attempt, outcome, error_class, reason, ended_at)
        SELECT id, attempts, 'parked', $7, $5, $3 FROM parked
        """;

    private const int MaxKeyLength = 200;

    private static readonly string[] s_keptHeaders = ["Content-Type", "User-Agent", "I-Twilio-Idempotency-Token"];

    /// <summary>
    /// Stores a verified delivery unless its event is stored already. While Postgres is away it waits, up to
    /// <see cref="MessagingOptions.AcceptPatience"/>, and then takes the delivery to the spool; when too many wait already it does not.
    /// </summary>
    /// <param name="request">The request that brought it.</param>
    /// <param name="key">The event's identity within its source, made of the event's own fields.</param>
    /// <param name="orderingKey">Deliveries that share it are handled in the order of their arrival.</param>
    /// <param name="body">The bytes that were verified.</param>
    public async Task<Acceptance> AcceptAsync(HttpContext request, string key, string orderingKey, WebhookBody body)
    {
        var began = time.GetTimestamp();
        var endpoint = WebhookEndpoint.Of(request);
        var activity = Activity.Current; // The request's own span: another one would say the same and cost as much.
        key = Bounded(key);
        var row = new InboxRow(
            endpoint.Source,
            endpoint.Topic,
            key,
            Bounded(orderingKey),
            body.Bytes,
            body.Hash(),
            HeadersOf(request.Request),
            time.GetUtcNow(),
            activity);

        // Not tied to the request: Twilio does not ask again, so a delivery is worth storing even if nobody waits for the answer.
        var acceptance = body.Raw is { } raw ? await rawBodies.StoreAsync(row, raw) : await writer.WriteAsync(row);

        if (acceptance == Acceptance.Conflict && !await conflicts.KeepAsync(row, body.Raw))
        {
            acceptance = Acceptance.Unavailable;
        }

        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(WebhookApiTelemetry.Topic, endpoint.Topic);
            activity.SetTag(WebhookApiTelemetry.DeliveryKey, key);
            activity.SetTag(WebhookApiTelemetry.Outcome, acceptance.ToString());
        }

        Report(acceptance, row);
        metrics.Acknowledged(endpoint.Topic, acceptance, time.GetElapsedTime(began));
        return acceptance;
    }

    /// <summary>Stores deliveries that were acknowledged while Postgres was away.</summary>
    /// <returns>Those that Postgres refuses, which no repetition would change.</returns>
    public async Task<IReadOnlyList<InboxRow>> AcceptSpooledAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            var acceptances = await insert.ExecuteAsync(rows, cancellationToken);
            for (var i = 0; i < rows.Count; i++)
            {
                if (acceptances[i] == Acceptance.Conflict && !await conflicts.KeepAsync(rows[i], raw: null))
                {
                    throw new TimeoutException("A second body of a stored event could not be kept.");
                }

                Report(acceptances[i], rows[i]);
            }

            return [];
        }
        catch (PostgresException e) when (!DatabaseErrors.IsOutage(e))
        {
            if (rows.Count == 1)
            {
                LogRefused(rows[0].Topic, e);
                return rows;
            }

            // Halving finds it, and its neighbours do not suffer.
            var half = rows.Count / 2;
            return
            [
                .. await AcceptSpooledAsync([.. rows.Take(half)], cancellationToken),
                .. await AcceptSpooledAsync([.. rows.Skip(half)], cancellationToken),
            ];
        }
    }

    /// <summary>
    /// Claims up to <paramref name="limit"/> due deliveries for <see cref="MessagingOptions.Lease"/>, at most one per ordering key.
    /// </summary>
    public async Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.AddTime(now);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddTime(now + options.Value.Lease);

        var claimed = new List<InboxDelivery>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            claimed.Add(new InboxDelivery(
                rows.GetInt64(0),
                rows.GetString(1),
                rows.GetString(2),
                rows.GetFieldValue<byte[]>(3),
                rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.GetInt32(5),
                rows.GetFieldValue<DateTimeOffset>(6))
            {
                Try = rows.GetInt32(7),
            });
        }

        return claimed;
    }

    /// <summary>Marks the delivery as done in the unit of work's own transaction.</summary>
    /// <returns>False if the claim was lost: somebody else has the delivery, and the unit of work must not be committed.</returns>
    public async Task<bool> CompleteAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CompleteSql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Gives the delivery back, to be claimed again after a while.</summary>
    public async Task RetryAsync(InboxDelivery delivery, TimeSpan after, Exception why, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(RetrySql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow() + after);
        command.Parameters.AddText(PlainText.Clean(FailurePolicy.Describe(why)));
        command.Parameters.AddText(PlainText.Clean(why.ToString()));
        command.Parameters.AddText(why.GetType().Name);
        command.Parameters.AddTime(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts the delivery aside for a person, with the reason and, if there was one, the exception.</summary>
    public async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? why, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ParkSql);
        AddClaim(command, delivery);
        command.Parameters.AddTime(time.GetUtcNow());
        command.Parameters.AddText(parking.As);
        command.Parameters.AddText(PlainText.Clean(parking.Reason));
        command.Parameters.AddText(PlainText.Clean(why?.ToString()));
        command.Parameters.AddText(why?.GetType().Name);
        command.Parameters.AddText(parking.As == Parking.Unroutable ? routing.Fingerprint : null);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Report(Acceptance acceptance, InboxRow row)
    {
        switch (acceptance)
        {
            case Acceptance.Stored:
                metrics.Accepted(row.Topic);
                signal.Notify();
                break;
            case Acceptance.Spooled:
                metrics.Spooled(row.Topic);
                break;
            case Acceptance.Duplicate:
                metrics.Duplicate(row.Topic);
                break;
            case Acceptance.Conflict:
                metrics.Conflict(row.Topic);
                LogConflict(row.Topic, row.Key);
                alerts.Conflict(row.Topic);
                break;
        }
    }

    private static void AddClaim(NpgsqlCommand command, InboxDelivery delivery)
    {
        command.Parameters.AddBigint(delivery.Id);
        command.Parameters.AddInteger(delivery.Attempt);
    }

    // An index entry has to fit into a third of a page, and what a provider sends has no limit of its own.
    private static string Bounded(string key) =>
        key.Length <= MaxKeyLength
            ? PlainText.Clean(key)
            : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    private static string HeadersOf(HttpRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var name in s_keptHeaders)
            {
                if (request.Headers.TryGetValue(name, out var value))
                {
                    json.WriteString(name, PlainText.Clean(value.ToString()));
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: the event {Key} came again with another body; the first one counts")]
    private partial void LogConflict(string topic, string key);

    [LoggerMessage(LogLevel.Error, "{Topic}: a spooled delivery could not be stored")]
    private partial void LogRefused(string topic, Exception exception);
}
