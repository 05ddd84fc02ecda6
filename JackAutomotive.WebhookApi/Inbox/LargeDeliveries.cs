using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Accepts deliveries whose raw body is too long for Postgres. Such a delivery goes to the spool first, which takes milliseconds. Then the
/// raw body is uploaded and the row stored, however long the object store takes: the request waits for it up to
/// <see cref="InboxOptions.AcceptPatience"/> and is then answered 200, because the spool has the delivery.
/// </summary>
internal sealed partial class LargeDeliveries(
    LargeSpool spool,
    SpoolAlerts alerts,
    RawBodyStore rawBodies,
    ConflictStore conflicts,
    IHostApplicationLifetime lifetime,
    IOptions<InboxOptions> options,
    ILogger<LargeDeliveries> logger)
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Accepts a delivery and reports each result, also one that follows the answer.</summary>
    /// <param name="row">The delivery.</param>
    /// <param name="rawBody">The finished upload of its raw body.</param>
    /// <param name="report">Receives the results, for metrics and alerts.</param>
    public async Task<Acceptance> AcceptAsync(InboxRow row, ObjectUpload rawBody, Action<Acceptance, InboxRow> report)
    {
        LargeDelivery? delivery;
        try
        {
            delivery = spool.TryAdd(row, rawBody);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            alerts.ReportDiskFailed(row.Topic, e);
            report(Acceptance.DiskFailed, row);
            return Acceptance.DiskFailed;
        }

        if (delivery is null)
        {
            return await StoreWithoutSpoolAsync(row, LargeObject.FromUpload(rawBody), report);
        }

        var moving = MoveWhileRequestWaitsAsync(delivery, report);
        await Task.WhenAny(moving, Task.Delay(options.Value.AcceptPatience));
        if (moving.IsCompleted && await moving is { } acceptance)
        {
            return acceptance;
        }

        LogSpooled(row.Topic);
        report(Acceptance.Spooled, row);
        return Acceptance.Spooled;
    }

    /// <summary>Tries once to move a delivery from the spool to the inbox.</summary>
    /// <returns>False if the delivery stays in the spool.</returns>
    public async Task<bool> MoveAsync(LargeDelivery delivery, Action<Acceptance, InboxRow> report, CancellationToken cancellationToken) =>
        await TryMoveAsync(delivery, report, cancellationToken) is not null;

    // The attempt that runs at the end of the patience goes on after the answer. If that attempt fails, the worker of the spool tries again.
    private async Task<Acceptance?> MoveWhileRequestWaitsAsync(LargeDelivery delivery, Action<Acceptance, InboxRow> report)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using (delivery)
        {
            while (true)
            {
                var acceptance = await TryMoveAsync(delivery, report, lifetime.ApplicationStopping);
                var isOver = lifetime.ApplicationStopping.IsCancellationRequested
                    || Stopwatch.GetElapsedTime(startedAt) >= options.Value.AcceptPatience;
                if (acceptance is not null || isOver)
                {
                    return acceptance;
                }

                await Task.Delay(s_retryDelay);
            }
        }
    }

    private async Task<Acceptance?> TryMoveAsync(LargeDelivery delivery, Action<Acceptance, InboxRow> report, CancellationToken cancellationToken)
    {
        var row = delivery.Row;
        try
        {
            if (await StoreAsync(row, delivery.Object, cancellationToken) is not { } acceptance)
            {
                return null;
            }

            delivery.Complete();
            report(acceptance, row);
            return acceptance;
        }
        catch (Exception e) when (e is RawBodyMissingException || DatabaseErrors.BlamesTheRow(e))
        {
            return Keep(delivery, e, report);
        }
        catch (Exception e)
        {
            LogPostponed(row.Topic, ExceptionSummary.Of(e));
            return null;
        }
    }

    private Acceptance? Keep(LargeDelivery delivery, Exception exception, Action<Acceptance, InboxRow> report)
    {
        try
        {
            delivery.Keep(ExceptionSummary.Of(exception));
            report(Acceptance.Kept, delivery.Row);
            return Acceptance.Kept;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            alerts.ReportDiskFailed(delivery.Row.Topic, e);
            return null;
        }
    }

    // Null: the conflicting body could not be stored.
    private async Task<Acceptance?> StoreAsync(InboxRow row, LargeObject rawBody, CancellationToken cancellationToken)
    {
        var acceptance = await rawBodies.StoreAsync(row, rawBody, cancellationToken);
        return acceptance != Acceptance.Conflict || await conflicts.StoreAsync(row, rawBody) ? acceptance : null;
    }

    // The spool is disabled or full, so everything must be done before the answer.
    private async Task<Acceptance> StoreWithoutSpoolAsync(InboxRow row, LargeObject rawBody, Action<Acceptance, InboxRow> report)
    {
        using var timeout = new CancellationTokenSource(options.Value.AcceptPatience);
        var acceptance = Acceptance.Unavailable;
        while (!timeout.IsCancellationRequested)
        {
            try
            {
                acceptance = await StoreAsync(row, rawBody, timeout.Token).WaitAsync(timeout.Token) ?? Acceptance.Unavailable;
                break;
            }
            catch (Exception e)
            {
                LogPostponed(row.Topic, ExceptionSummary.Of(e));
                if (DatabaseErrors.BlamesTheRow(e))
                {
                    break;
                }
            }

            await Task.Delay(s_retryDelay);
        }

        report(acceptance, row);
        return acceptance;
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: a large delivery waits for Postgres or the object store: {Reason}")]
    private partial void LogPostponed(string topic, string reason);

    [LoggerMessage(LogLevel.Warning, "{Topic}: a large delivery is answered and stays in the spool until its raw body is uploaded")]
    private partial void LogSpooled(string topic);
}
