using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Claims due deliveries, passes each delivery to its topic's handler in a separate transaction, and commits the handler's effects together
/// with the state "done". A delivery that this instance accepts wakes the worker at once; a timer wakes the worker for all other deliveries.
/// </summary>
internal sealed partial class InboxWorker(
    InboxClaims claims,
    DeliveryLeases leases,
    InboxSignal signal,
    UnitOfWorkFactory unitsOfWork,
    DeliveryAlerts alerts,
    IServiceScopeFactory scopes,
    WebhookApiMetrics metrics,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<InboxWorker> logger) : BackgroundService
{
    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);

    /// <summary>Handles all due deliveries and returns the number of attempts, for instances whose worker does not run.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var attempts = 0;
        while (await ClaimAsync(options.Value.Concurrency, cancellationToken) is { Deliveries.Count: > 0 } batch)
        {
            await Task.WhenAll(batch.Deliveries.Select(delivery => HandleAsync(delivery, batch.ClaimContext)));
            attempts += batch.Deliveries.Count;
        }

        return attempts;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.ProcessDeliveries)
        {
            return;
        }

        try
        {
            await Task.WhenAll(PollAsync(stoppingToken), ClaimDueAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WaitForHandlersAsync();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _slots.Dispose();
        base.Dispose();
    }

    private async Task PollAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        do
        {
            signal.Notify();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ClaimDueAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await signal.WaitAsync(stoppingToken);
            try
            {
                while (await FillFreeSlotsAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e))
            {
                // The timer wakes the worker for the next try.
                LogOutage(ExceptionSummary.Of(e));
            }
        }
    }

    /// <summary>Claims deliveries for all free slots and starts to handle them. Returns true if more deliveries may be due.</summary>
    private async Task<bool> FillFreeSlotsAsync(CancellationToken stoppingToken)
    {
        await _slots.WaitAsync(stoppingToken);
        var freeSlots = 1;
        while (_slots.Wait(0, CancellationToken.None))
        {
            freeSlots++;
        }

        var batch = ClaimedBatch.Empty;
        try
        {
            // Cancellation after the commit would leave claimed deliveries without a handler until their leases end.
            batch = await ClaimAsync(freeSlots, CancellationToken.None);
        }
        finally
        {
            if (freeSlots > batch.Deliveries.Count)
            {
                _slots.Release(freeSlots - batch.Deliveries.Count);
            }
        }

        foreach (var delivery in batch.Deliveries)
        {
            _ = HandleInSlotAsync(delivery, batch.ClaimContext);
        }

        return batch.Deliveries.Count == freeSlots;
    }

    private async Task HandleInSlotAsync(InboxDelivery delivery, ActivityContext claimContext)
    {
        try
        {
            await HandleAsync(delivery, claimContext);
        }
        finally
        {
            _slots.Release();
            signal.Notify(); // The next delivery of the same ordering key may be due now.
        }
    }

    // The worker completes all claimed deliveries before it stops; the host's shutdown timeout limits the wait.
    private async Task WaitForHandlersAsync()
    {
        for (var i = 0; i < options.Value.Concurrency; i++)
        {
            await _slots.WaitAsync();
        }
    }

    private async Task<ClaimedBatch> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        IReadOnlyList<InboxDelivery> deliveries;

        // Most claims find no delivery, and a trace of each would hide the useful traces.
        using (SuppressInstrumentationScope.Begin())
        {
            deliveries = await claims.ClaimAsync(limit, cancellationToken);
        }

        if (deliveries.Count == 0)
        {
            return ClaimedBatch.Empty;
        }

        using var activity = InboxSpans.StartClaim(startedAt, time.GetUtcNow() - startedAt, deliveries.Count);
        return new ClaimedBatch(deliveries, activity?.Context ?? default);
    }

    private async Task HandleAsync(InboxDelivery delivery, ActivityContext claimContext)
    {
        using var activity = InboxSpans.StartHandling(delivery, claimContext);
        using var scope = logger.BeginScope(
            "Delivery {DeliveryId} {Topic} attempt {Attempt}", delivery.Id, delivery.Topic, delivery.Attempt);

        using var lease = leases.Begin(delivery);
        try
        {
            var outcome = await RunHandlerAsync(delivery, lease);
            activity?.SetTag(WebhookApiTelemetry.Outcome, outcome);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            activity?.AddException(e);
            await RetryOrParkAsync(delivery, e);
        }
    }

    private async Task<string> RunHandlerAsync(InboxDelivery delivery, DeliveryLease lease)
    {
        var cancellationToken = lease.Token;
        await using var services = scopes.CreateAsyncScope();
        var handler = services.ServiceProvider.GetKeyedService<IDeliveryHandler>(delivery.Topic);
        if (handler is null)
        {
            await ParkAsync(delivery, new Parking(Parking.Unroutable, $"no handler is registered for the topic {delivery.Topic}"), null);
            return Parking.Unroutable;
        }

        await lease.RenewWhileAsync(token => handler.PrepareAsync(delivery, token));
        await using var work = await unitsOfWork.BeginAsync(delivery.Id, cancellationToken);
        var result = await handler.HandleAsync(delivery, work, cancellationToken);
        if (result.Parking is { } parking)
        {
            await ParkAsync(delivery, parking, null);
            return parking.ParkedAs;
        }

        if (!await claims.CompleteAsync(work, delivery, cancellationToken))
        {
            LogLeaseLost(delivery.Id);
            return "lease lost";
        }

        await work.CommitAsync(cancellationToken);
        metrics.RecordHandled(delivery.Topic, time.GetUtcNow() - delivery.ReceivedAt);
        return "done";
    }

    // If Postgres fails here, any worker can claim the delivery again when the lease ends.
    private async Task RetryOrParkAsync(InboxDelivery delivery, Exception exception)
    {
        try
        {
            switch (FailurePolicy.Decide(exception, delivery.AttemptSinceReplay, Random.Shared.NextDouble(), options.Value))
            {
                case FailureDecision.Retry retry:
                    LogRetry(delivery.Topic, delivery.Id, delivery.Attempt, retry.Delay.TotalSeconds, exception.GetType().Name);
                    await claims.RetryAsync(delivery, retry.Delay, exception, CancellationToken.None);
                    metrics.CountRetry(delivery.Topic);
                    break;
                case FailureDecision.Park park:
                    await ParkAsync(delivery, park.Parking, exception);
                    break;
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogOutage(ExceptionSummary.Of(e));
        }
    }

    private async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? exception)
    {
        await claims.ParkAsync(delivery, parking, exception, CancellationToken.None);
        metrics.CountParked(delivery.Topic, parking.ParkedAs);
        alerts.ReportParked(delivery.Topic, parking.ParkedAs);
        LogParked(delivery.Topic, delivery.Id, parking.ParkedAs, exception?.GetType().Name ?? "the handler parked it");
    }

    [LoggerMessage(LogLevel.Warning, "Deliveries cannot be claimed, retried or parked: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(LogLevel.Warning, "The lease of delivery {DeliveryId} ended while the delivery was being handled; another worker has claimed it")]
    private partial void LogLeaseLost(long deliveryId);

    [LoggerMessage(LogLevel.Warning, "{Topic}: attempt {Attempt} at delivery {DeliveryId} failed with {Error}; retry in {Seconds:0.0} s")]
    private partial void LogRetry(string topic, long deliveryId, int attempt, double seconds, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}: delivery {DeliveryId} is parked as {ParkedAs} ({Error}); its reason is in the inbox")]
    private partial void LogParked(string topic, long deliveryId, string parkedAs, string error);

    private sealed record ClaimedBatch(IReadOnlyList<InboxDelivery> Deliveries, ActivityContext ClaimContext)
    {
        public static readonly ClaimedBatch Empty = new([], default);
    }
}
