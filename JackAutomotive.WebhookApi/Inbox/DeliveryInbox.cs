using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging.LargeBodies;
using JackAutomotive.WebhookApi.Telemetry;
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

/// <summary>The way into the durable inbox: one row per event. A delivery is answered once its row is committed.</summary>
internal sealed partial class Inbox(
    InboxWriter writer,
    InboxInsert insert,
    RawBodies rawBodies,
    InboxSignal signal,
    ConflictStore conflicts,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    TimeProvider time,
    ILogger<Inbox> logger)
{
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
