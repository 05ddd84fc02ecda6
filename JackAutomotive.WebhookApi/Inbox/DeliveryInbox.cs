using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The result of offering a delivery to the inbox.</summary>
internal enum Acceptance
{
    /// <summary>The delivery is stored for the first time.</summary>
    Stored,

    /// <summary>The delivery was stored before; nothing has changed.</summary>
    Duplicate,

    /// <summary>The event is stored with another body. The first body counts; the conflicting body is stored with its delivery.</summary>
    Conflict,

    /// <summary>Postgres is unavailable: the delivery is in the spool on this machine's disk until Postgres is back.</summary>
    Spooled,

    /// <summary>Nothing is stored: Postgres is unavailable or too many deliveries wait for it.</summary>
    Unavailable,
}

/// <summary>Accepts deliveries into the durable inbox: one row per event. The provider may be answered 200 once the row is committed.</summary>
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
    /// Stores a verified delivery unless its event is stored already. While Postgres is unavailable the delivery waits up to
    /// <see cref="InboxOptions.AcceptPatience"/> and then goes to the spool. If too many deliveries wait already, the inbox rejects it.
    /// </summary>
    /// <param name="row">The delivery.</param>
    /// <param name="raw">The signed body, if the row holds only its envelope.</param>
    /// <remarks>There is no cancellation token: Twilio does not retry, so the delivery is stored even if the provider has disconnected.</remarks>
    public async Task<Acceptance> AcceptAsync(InboxRow row, ObjectUpload? raw)
    {
        var acceptance = raw is null ? await writer.WriteAsync(row) : await rawBodies.StoreAsync(row, raw);
        if (acceptance == Acceptance.Conflict && !await conflicts.StoreAsync(row, raw))
        {
            acceptance = Acceptance.Unavailable;
        }

        Report(acceptance, row);
        return acceptance;
    }

    /// <summary>Stores deliveries that were acknowledged while Postgres was unavailable.</summary>
    /// <returns>The rows that Postgres rejects; a retry of these rows would fail again.</returns>
    public async Task<IReadOnlyList<InboxRow>> AcceptSpooledAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            var acceptances = await insert.ExecuteAsync(rows, cancellationToken);
            for (var i = 0; i < rows.Count; i++)
            {
                if (acceptances[i] == Acceptance.Conflict && !await conflicts.StoreAsync(rows[i], raw: null))
                {
                    throw new TimeoutException("A second body of a stored event could not be stored.");
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
                alerts.ReportConflict(row.Topic);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: the event {Key} arrived again with another body; the first body counts")]
    private partial void LogConflict(string topic, string key);

    [LoggerMessage(LogLevel.Error, "{Topic}: a spooled delivery could not be stored")]
    private partial void LogRejected(string topic, Exception exception);
}
