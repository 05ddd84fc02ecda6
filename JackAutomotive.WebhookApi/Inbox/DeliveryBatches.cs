using System.Diagnostics;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Handles claimed deliveries. Deliveries of different ordering keys share a transaction: their handlers run one after the other, and one
/// commit stores the effects of all with the state "done". If that transaction fails, it costs no delivery an attempt: each of its deliveries
/// is handled alone, in a transaction of its own. So a delivery that fails costs only itself.
/// </summary>
internal sealed partial class DeliveryBatches(
    InboxClaims claims,
    DeliveryLeases leases,
    DeliveryVerdicts verdicts,
    ErasedDeliveries erasedDeliveries,
    UnitOfWorkFactory unitsOfWork,
    IServiceScopeFactory scopes,
    WebhookApiMetrics metrics,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<DeliveryBatches> logger) : IDisposable
{
    // A batch keeps the locks of its first deliveries while its last ones wait for locks, so two batches may wait for each other.
    private static readonly TimeSpan s_lockLimit = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _slotsAlone = new(options.Value.Concurrency);

    /// <summary>Handles deliveries, of which no two have the same ordering key. Never fails.</summary>
    public async Task HandleAsync(IReadOnlyList<InboxDelivery> deliveries)
    {
        var alone = deliveries.Count == 1 ? deliveries : await HandleTogetherAsync(deliveries);
        await Task.WhenAll(alone.Select(HandleAloneAsync));
    }

    /// <inheritdoc/>
    public void Dispose() => _slotsAlone.Dispose();

    /// <summary>Handles deliveries in one transaction, and returns those that are to be handled alone. Never fails.</summary>
    private async Task<IReadOnlyList<InboxDelivery>> HandleTogetherAsync(IReadOnlyList<InboxDelivery> deliveries)
    {
        // The limit leaves enough of the leases to handle each delivery alone.
        using var limit = new CancellationTokenSource(options.Value.Lease / 3, time);
        var (handled, alone) = (new List<InboxDelivery>(), new List<InboxDelivery>());
        var spans = new List<Activity?>();
        var outcome = "rolled back";
        try
        {
            await using var work = await unitsOfWork.BeginAsync(deliveryId: null, limit.Token);
            await work.LimitLockWaitsAsync(s_lockLimit, limit.Token);
            foreach (var delivery in deliveries)
            {
                var span = InboxSpans.StartHandling(delivery);
                spans.Add(span);
                work.ContinueWith(delivery.Id);
                var usesBefore = work.Uses;
                if (await TryHandleAsync(delivery, work, limit.Token))
                {
                    handled.Add(delivery);
                }
                else if (work.Uses == usesBefore)
                {
                    alone.Add(delivery); // The transaction contains nothing of this delivery.
                    span?.SetTag(WebhookApiTelemetry.Outcome, "handled alone");
                }
                else
                {
                    return deliveries;
                }
            }

            if (!await claims.CompleteAsync(work, handled, limit.Token))
            {
                return deliveries; // When they are handled alone, it turns out whose lease was lost.
            }

            await work.CommitAsync(limit.Token);
            outcome = "done";
            RecordHandled(handled);
            return alone;
        }
        catch (Exception e)
        {
            LogRolledBack(deliveries.Count, ExceptionSummary.Of(e));
            return deliveries;
        }
        finally
        {
            foreach (var span in spans.OfType<Activity>())
            {
                span.SetTag(WebhookApiTelemetry.Outcome, span.GetTagItem(WebhookApiTelemetry.Outcome) ?? outcome);
                span.Dispose();
            }
        }
    }

    private async Task<bool> TryHandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        using var scope = BeginLogScope(delivery);
        try
        {
            await using var services = scopes.CreateAsyncScope();
            return services.ServiceProvider.GetKeyedService<IDeliveryHandler>(delivery.Topic) is { } handler
                && !handler.NeedsPreparation(delivery)
                && await handler.HandleAsync(delivery, work, cancellationToken) is { Parking: null };
        }
        catch (Exception e)
        {
            LogFailedInBatch(delivery.Topic, delivery.Id, e.GetType().Name);
            return false;
        }
    }

    private async Task HandleAloneAsync(InboxDelivery delivery)
    {
        using var activity = InboxSpans.StartHandling(delivery);
        using var scope = BeginLogScope(delivery);
        using var lease = leases.Begin(delivery);
        try
        {
            await lease.RenewWhileAsync(_slotsAlone.WaitAsync);
            try
            {
                activity?.SetTag(WebhookApiTelemetry.Outcome, await RunHandlerAsync(delivery, lease));
            }
            catch (ErasedDataException)
            {
                await EraseAsync(delivery);
                activity?.SetTag(WebhookApiTelemetry.Outcome, "erased");
            }
            catch (Exception e)
            {
                activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
                activity?.AddException(e);
                await verdicts.RetryOrParkAsync(delivery, e);
            }
            finally
            {
                _slotsAlone.Release();
            }
        }
        catch (Exception e)
        {
            // The end of the lease makes the delivery due again.
            LogNoVerdict(delivery.Topic, delivery.Id, e);
        }
    }

    private async Task<string> RunHandlerAsync(InboxDelivery delivery, DeliveryLease lease)
    {
        var cancellationToken = lease.Token;
        if (FailurePolicy.FindParkingAtClaim(delivery, options.Value) is { } parkingAtClaim)
        {
            await verdicts.ParkAsync(delivery, parkingAtClaim, null);
            return parkingAtClaim.ParkedAs;
        }

        await using var services = scopes.CreateAsyncScope();
        var handler = services.ServiceProvider.GetKeyedService<IDeliveryHandler>(delivery.Topic);
        if (handler is null)
        {
            await verdicts.ParkAsync(
                delivery, new Parking(Parking.Unroutable, $"no handler is registered for the topic {delivery.Topic}"), null);
            return Parking.Unroutable;
        }

        if (handler.NeedsPreparation(delivery))
        {
            await lease.RenewWhileAsync(token => handler.PrepareAsync(delivery, token));
        }

        await using var work = await unitsOfWork.BeginAsync(delivery.Id, cancellationToken);
        var result = await handler.HandleAsync(delivery, work, cancellationToken);
        if (result.Parking is { } parking)
        {
            await verdicts.ParkAsync(delivery, parking, null);
            return parking.ParkedAs;
        }

        if (!await claims.CompleteAsync(work, [delivery], cancellationToken))
        {
            LogLeaseLost(delivery.Id);
            return "lease lost";
        }

        await work.CommitAsync(cancellationToken);
        RecordHandled([delivery]);
        return "done";
    }

    private async Task EraseAsync(InboxDelivery delivery)
    {
        await using var work = await unitsOfWork.BeginAsync(delivery.Id, CancellationToken.None);
        await erasedDeliveries.EraseAsync(work, delivery, CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
        LogErased(delivery.Topic, delivery.Id);
    }

    private IDisposable? BeginLogScope(InboxDelivery delivery) => logger.BeginScope(
        "Delivery {DeliveryId} {Topic} attempt {Attempt}", delivery.Id, delivery.Topic, delivery.Attempt);

    private void RecordHandled(IReadOnlyList<InboxDelivery> deliveries)
    {
        var now = time.GetUtcNow();
        foreach (var delivery in deliveries)
        {
            metrics.RecordHandled(delivery.Topic, now - delivery.ReceivedAt);
        }
    }

    [LoggerMessage(LogLevel.Information, "A transaction with {Count} deliveries failed; each is handled alone: {Reason}")]
    private partial void LogRolledBack(int count, string reason);

    [LoggerMessage(LogLevel.Information, "{Topic}: delivery {DeliveryId} failed with {Error} beside other deliveries; it is handled alone")]
    private partial void LogFailedInBatch(string topic, long deliveryId, string error);

    [LoggerMessage(LogLevel.Information, "{Topic}: delivery {DeliveryId} belongs to a lead that was erased, and is erased, too")]
    private partial void LogErased(string topic, long deliveryId);

    [LoggerMessage(LogLevel.Error, "{Topic}: an attempt at delivery {DeliveryId} ended without a verdict; it is due again when its lease ends")]
    private partial void LogNoVerdict(string topic, long deliveryId, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The lease of delivery {DeliveryId} ended while the delivery was being handled; another worker has claimed it")]
    private partial void LogLeaseLost(long deliveryId);
}
