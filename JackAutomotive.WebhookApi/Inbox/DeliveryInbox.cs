using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

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

/// <summary>The way into the durable inbox: one row per event. The sender may be answered 200 once a row is committed.</summary>
internal sealed partial class DeliveryInbox(
    InboxWriter writer,
    InboxInsert insert,
    RawBodies rawBodies,
    InboxSignal signal,
    ConflictStore conflicts,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    ILogger<DeliveryInbox> logger)
{
    /// <summary>
    /// Stores a verified delivery unless its event is stored already. While Postgres is away the delivery waits, up to
    /// <see cref="InboxOptions.AcceptPatience"/>, and then goes to the spool; if too many deliveries wait already, it is refused.
    /// </summary>
    /// <param name="row">The delivery.</param>
    /// <param name="raw">The body that was signed, if the row holds only its envelope.</param>
    /// <remarks>No cancellation: Twilio does not send again, so a delivery is worth storing even if nobody waits for the answer.</remarks>
    public async Task<Acceptance> AcceptAsync(InboxRow row, ObjectUpload? raw)
    {
        var acceptance = raw is null ? await writer.WriteAsync(row) : await rawBodies.StoreAsync(row, raw);
        if (acceptance == Acceptance.Conflict && !await conflicts.KeepAsync(row, raw))
        {
            acceptance = Acceptance.Unavailable;
        }

        Report(acceptance, row);
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

    [LoggerMessage(LogLevel.Warning, "{Topic}: the event {Key} came again with another body; the first one counts")]
    private partial void LogConflict(string topic, string key);

    [LoggerMessage(LogLevel.Error, "{Topic}: a spooled delivery could not be stored")]
    private partial void LogRefused(string topic, Exception exception);
}
