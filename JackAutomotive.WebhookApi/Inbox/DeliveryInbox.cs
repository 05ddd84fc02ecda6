using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>What the inbox did with a delivery.</summary>
internal enum Acceptance
{
    /// <summary>The delivery is stored for the first time.</summary>
    Stored,

    /// <summary>The same delivery was stored before; the inbox is unchanged.</summary>
    Duplicate,

    /// <summary>A delivery with the same identity but another body was stored before. The first body counts; both bodies are stored.</summary>
    Conflict,

    /// <summary>Postgres is unavailable. The delivery is in the spool until Postgres is available again.</summary>
    Spooled,

    /// <summary>The delivery is rejected, because Postgres is unavailable or too many deliveries wait to be stored.</summary>
    Unavailable,
}

/// <summary>Accepts deliveries: one inbox row per identity. The provider may be answered 200 once the row is committed or spooled.</summary>
internal sealed partial class DeliveryInbox(
    InboxWriter writer,
    InboxInsert insert,
    RawBodyStore rawBodies,
    InboxSignal signal,
    ConflictStore conflicts,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    ILogger<DeliveryInbox> logger)
{
    /// <summary>
    /// Stores a verified delivery unless its identity is stored already. While Postgres is unavailable, the delivery waits up to
    /// <see cref="InboxOptions.AcceptPatience"/> and then goes to the spool; a delivery whose raw body is an object is rejected instead.
    /// If too many deliveries wait already, the inbox rejects the delivery at once.
    /// </summary>
    /// <param name="row">The delivery.</param>
    /// <param name="rawBody">The raw body as an object, if the row has only the envelope; otherwise null.</param>
    /// <remarks>There is no cancellation token: Twilio does not retry, so the delivery is stored even if the provider has disconnected.</remarks>
    public async Task<Acceptance> AcceptAsync(InboxRow row, ObjectUpload? rawBody)
    {
        var acceptance = rawBody is null ? await writer.WriteAsync(row) : await rawBodies.StoreAsync(row, rawBody);
        if (acceptance == Acceptance.Conflict && !await conflicts.StoreAsync(row, rawBody))
        {
            acceptance = Acceptance.Unavailable;
        }

        Report(acceptance, row);
        return acceptance;
    }

    /// <summary>Stores deliveries from the spool, which were answered 200 while Postgres was unavailable.</summary>
    /// <returns>The rows that Postgres rejects; a retry of these rows would fail again.</returns>
    public async Task<IReadOnlyList<InboxRow>> AcceptSpooledAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            var acceptances = await insert.ExecuteAsync(rows, cancellationToken);
            for (var i = 0; i < rows.Count; i++)
            {
                if (acceptances[i] == Acceptance.Conflict && !await conflicts.StoreAsync(rows[i], rawBody: null))
                {
                    throw new TimeoutException("A conflicting body could not be stored.");
                }

                Report(acceptances[i], rows[i]);
            }

            return [];
        }
        catch (PostgresException e) when (!DatabaseErrors.IsOutage(e))
        {
            if (rows.Count == 1)
            {
                LogRejected(rows[0].Topic, e);
                return rows;
            }

            // Splitting the batch isolates the rejected row, so that the other rows are stored.
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
                metrics.CountAccepted(row.Topic);
                signal.Notify();
                break;
            case Acceptance.Spooled:
                metrics.CountSpooled(row.Topic);
                break;
            case Acceptance.Duplicate:
                metrics.CountDuplicate(row.Topic);
                break;
            case Acceptance.Conflict:
                metrics.CountConflict(row.Topic);
                LogConflict(row.Topic, row.Key);
                alerts.ReportConflict(row.Topic);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: the event {Key} arrived again with another body; the first body counts")]
    private partial void LogConflict(string topic, string key);

    [LoggerMessage(LogLevel.Error, "{Topic}: a spooled delivery could not be stored")]
    private partial void LogRejected(string topic, Exception exception);
}
