using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Accepts deliveries: one inbox row per identity. The provider may be answered 200 once the row is committed or spooled.</summary>
internal sealed partial class DeliveryInbox(
    InboxWriter writer,
    InboxInsert insert,
    LargeDeliveries largeDeliveries,
    OutageSpool spool,
    InboxSignal signal,
    ConflictStore conflicts,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    ILogger<DeliveryInbox> logger)
{
    /// <summary>
    /// Stores a verified delivery unless its identity is stored already. While Postgres is unavailable, the delivery waits up to
    /// <see cref="InboxOptions.AcceptPatience"/> and then goes to the spool; so does a delivery for which too many others wait. A delivery
    /// whose raw body is an object goes to the spool too if the object store or Postgres takes longer than that.
    /// </summary>
    /// <param name="row">The delivery.</param>
    /// <param name="rawBody">The raw body as an upload, if the row has only the envelope; otherwise null.</param>
    /// <remarks>There is no cancellation token: Twilio does not retry, so the delivery is stored even if the provider has disconnected.</remarks>
    public async Task<Acceptance> AcceptAsync(InboxRow row, ObjectUpload? rawBody)
    {
        if (rawBody is not null)
        {
            return await largeDeliveries.AcceptAsync(row, rawBody, Report);
        }

        var acceptance = await writer.WriteAsync(row);
        if (acceptance == Acceptance.Conflict && !await TryStoreConflictAsync(row))
        {
            // The spool detects the conflict again.
            acceptance = await spool.AppendAsync([row]);
        }

        Report(acceptance, row);
        return acceptance;
    }

    /// <summary>Stores deliveries from the spool, which were answered 200 while Postgres was unavailable.</summary>
    /// <returns>The rows that Postgres blames for an error; a retry of these rows would fail again.</returns>
    /// <remarks>Every other error is an outage and is thrown.</remarks>
    public async Task<IReadOnlyList<BlamedRow>> AcceptSpooledAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            var acceptances = await insert.ExecuteAsync(rows, cancellationToken);
            for (var i = 0; i < rows.Count; i++)
            {
                if (acceptances[i] == Acceptance.Conflict && !await TryStoreConflictAsync(rows[i]))
                {
                    throw new TimeoutException("A conflicting body could not be stored.");
                }

                Report(acceptances[i], rows[i]);
            }

            return [];
        }
        catch (Exception e) when (DatabaseErrors.BlamesTheRow(e))
        {
            if (rows.Count == 1)
            {
                LogRefused(rows[0].Topic, e);
                return [new BlamedRow(rows[0], ExceptionSummary.Of(e))];
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

    /// <summary>Stores one large delivery of the spool.</summary>
    /// <returns>False if the delivery stays in the spool, because the object store or Postgres fails.</returns>
    public Task<bool> AcceptSpooledAsync(LargeDelivery delivery, CancellationToken cancellationToken) =>
        largeDeliveries.MoveAsync(delivery, Report, cancellationToken);

    // A conflicting body that Postgres refuses is no loss: the first body counts.
    private async Task<bool> TryStoreConflictAsync(InboxRow row)
    {
        try
        {
            return await conflicts.StoreAsync(row, rawBody: null);
        }
        catch (Exception e) when (DatabaseErrors.BlamesTheRow(e))
        {
            LogRefused(row.Topic, e);
            return true;
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
            case Acceptance.Kept:
                metrics.CountKept(row.Topic);
                break;
            case Acceptance.Duplicate:
                metrics.CountDuplicate(row.Topic);
                break;
            case Acceptance.Conflict:
                metrics.CountConflict(row.Topic);
                LogConflict(row.Topic, row.Key);
                alerts.ReportConflict(row.Topic);
                break;
            default:
                metrics.CountUnavailable(row.Topic, acceptance.ToReason());
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: the event {Key} arrived again with another body; the first body counts")]
    private partial void LogConflict(string topic, string key);

    [LoggerMessage(LogLevel.Error, "{Topic}: Postgres refuses a delivery")]
    private partial void LogRefused(string topic, Exception exception);
}
