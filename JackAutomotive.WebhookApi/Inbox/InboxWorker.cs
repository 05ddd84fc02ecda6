using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Claims due deliveries, passes each delivery to its topic's handler in a separate transaction, and commits the handler's effects together
/// with the state "done". A delivery that this instance accepts wakes the worker at once; a timer wakes the worker for all other deliveries.
/// A delivery whose earlier attempt was lost may be what ended a process: such deliveries are handled one at a time.
/// </summary>
internal sealed partial class InboxWorker(
    InboxClaims claims,
    DeliveryLeases leases,
    OrderingLines lines,
    InboxSignal signal,
    UnitOfWorkFactory unitsOfWork,
    DeliveryAlerts alerts,
    IServiceScopeFactory scopes,
    WebhookApiMetrics metrics,
    BackgroundLoops loops,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<InboxWorker> logger) : BackgroundService
{
    // A round lasts until no delivery is due, and each of its steps may wait for a handler to end. Postgres has ten seconds for a claim.
    private static readonly TimeSpan s_roundLimit = TimeSpan.FromMinutes(5);

    // How often ordering lines are checked for a delivery that nothing brings forward. Usually there is no line.
    private static readonly TimeSpan s_mendInterval = TimeSpan.FromSeconds(5);

    // A verdict that cannot be stored yet is tried again. The delays are real time, because outages last in real time.
    private static readonly TimeSpan s_firstVerdictDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxVerdictDelay = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);
    private readonly CancellationTokenSource _stopping = new();
    private readonly BackgroundLoop _loop = loops.Create(
        "inbox worker", new BackgroundLoopLimits { Interval = options.Value.PollInterval, RoundLimit = s_roundLimit });

    private bool _isLostDeliveryDue;
    private bool _isLostDeliveryInHand;
    private bool _isUpkeepDue;
    private DateTimeOffset _mendedAt = DateTimeOffset.MinValue;

    /// <summary>Handles all due deliveries and returns the number of attempts, for instances whose worker does not run.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var attempts = 0;
        await MaintainLinesAsync(isMendDue: true, cancellationToken);
        while (true)
        {
            var batch = await ClaimAsync(options.Value.Concurrency, cancellationToken);
            if (batch.Deliveries.Count == 0)
            {
                batch = await ClaimLostAsync(cancellationToken);
            }

            if (batch.Deliveries.Count == 0)
            {
                return attempts;
            }

            await Task.WhenAll(batch.Deliveries.Select(delivery => HandleAsync(delivery, batch.ClaimContext)));
            attempts += batch.Deliveries.Count;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.ProcessDeliveries)
        {
            return;
        }

        // The timer serves deliveries that nothing signals: retries, ended leases, and deliveries of other instances.
        Poll();
        await using (time.CreateTimer(_ => Poll(), null, options.Value.PollInterval, options.Value.PollInterval))
        {
            await _loop.RunAsync(WaitForSignalAsync, ClaimDueAsync, stoppingToken);
        }

        await _stopping.CancelAsync();
        await WaitForHandlersAsync();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _slots.Dispose();
        _stopping.Dispose();
        base.Dispose();
    }

    private void Poll()
    {
        Volatile.Write(ref _isLostDeliveryDue, true);
        Volatile.Write(ref _isUpkeepDue, true);
        signal.Notify();
    }

    private async ValueTask<bool> WaitForSignalAsync(CancellationToken cancellationToken)
    {
        await signal.WaitAsync(cancellationToken);
        return true;
    }

    private async Task ClaimDueAsync(CancellationToken stoppingToken)
    {
        if (Volatile.Read(ref _isUpkeepDue))
        {
            await MaintainLinesAsync(time.GetUtcNow() - _mendedAt >= s_mendInterval, stoppingToken);
            Volatile.Write(ref _isUpkeepDue, false);
        }

        while (await FillFreeSlotsAsync(stoppingToken))
        {
            _loop.Beat();
        }
    }

    private async Task MaintainLinesAsync(bool isMendDue, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        while (await lines.FormAsync(cancellationToken) > 0)
        {
            _loop.Beat();
        }

        if (isMendDue)
        {
            await lines.MendAsync(cancellationToken);
            _mendedAt = time.GetUtcNow();
        }
    }

    /// <summary>Claims deliveries for all free slots and starts to handle them. Returns true if more deliveries may be due.</summary>
    private async Task<bool> FillFreeSlotsAsync(CancellationToken stoppingToken)
    {
        await _slots.WaitAsync(stoppingToken);
        _loop.Beat();
        var freeSlots = 1;
        while (_slots.Wait(0, CancellationToken.None))
        {
            freeSlots++;
        }

        var batch = ClaimedBatch.Empty;
        var lost = ClaimedBatch.Empty;
        try
        {
            // Cancellation after the commit would leave claimed deliveries without a handler until their leases end.
            lost = await ClaimLostIfDueAsync();
            if (freeSlots > lost.Deliveries.Count)
            {
                batch = await ClaimAsync(freeSlots - lost.Deliveries.Count, CancellationToken.None);
            }
        }
        finally
        {
            StartHandling(lost);
            StartHandling(batch);
            if (freeSlots - lost.Deliveries.Count - batch.Deliveries.Count is > 0 and var unused)
            {
                _slots.Release(unused);
            }
        }

        return lost.Deliveries.Count + batch.Deliveries.Count == freeSlots;
    }

    private void StartHandling(ClaimedBatch batch)
    {
        foreach (var delivery in batch.Deliveries)
        {
            _ = HandleInSlotAsync(delivery, batch.ClaimContext);
        }
    }

    private async Task<ClaimedBatch> ClaimLostIfDueAsync()
    {
        if (Volatile.Read(ref _isLostDeliveryInHand) || !Volatile.Read(ref _isLostDeliveryDue))
        {
            return ClaimedBatch.Empty;
        }

        var batch = await ClaimLostAsync(CancellationToken.None);
        Volatile.Write(ref _isLostDeliveryDue, false);
        Volatile.Write(ref _isLostDeliveryInHand, batch.Deliveries.Count > 0);
        return batch;
    }

    private async Task HandleInSlotAsync(InboxDelivery delivery, ActivityContext claimContext)
    {
        try
        {
            await HandleAsync(delivery, claimContext);
        }
        catch (Exception e)
        {
            // Nobody awaits this task. The end of the lease makes the delivery due again.
            LogNoVerdict(delivery.Topic, delivery.Id, e);
        }
        finally
        {
            if (delivery.IsLost)
            {
                Volatile.Write(ref _isLostDeliveryDue, true);
                Volatile.Write(ref _isLostDeliveryInHand, false);
            }

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

        return Trace(deliveries, startedAt);
    }

    private async Task<ClaimedBatch> ClaimLostAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        InboxDelivery? lost;
        using (SuppressInstrumentationScope.Begin())
        {
            lost = await claims.ClaimLostAsync(cancellationToken);
        }

        return Trace(lost is null ? [] : [lost], startedAt);
    }

    private ClaimedBatch Trace(IReadOnlyList<InboxDelivery> deliveries, DateTimeOffset startedAt)
    {
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
        if (FailurePolicy.FindParkingAtClaim(delivery, options.Value) is { } parkingAtClaim)
        {
            await ParkAsync(delivery, parkingAtClaim, null);
            return parkingAtClaim.ParkedAs;
        }

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

    // The cause of the failure may be an outage of Postgres, so the verdict may have to wait too. Without a verdict the end of the lease
    // would count as an attempt. Only a stop of the service ends the wait.
    private async Task RetryOrParkAsync(InboxDelivery delivery, Exception exception)
    {
        var decision = FailurePolicy.Decide(
            exception, delivery.AttemptSinceReplay, delivery.CountedAttempts, Random.Shared.NextDouble(), options.Value);
        for (var delay = s_firstVerdictDelay; ; delay = delay * 2 < s_maxVerdictDelay ? delay * 2 : s_maxVerdictDelay)
        {
            try
            {
                await StoreVerdictAsync(delivery, decision, exception);
                return;
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e))
            {
                LogVerdictWaits(delivery.Topic, delivery.Id, ExceptionSummary.Of(e));
                decision = ForgiveTimeout(decision, exception);
            }

            await Task.Delay(delay * (0.5 + (Random.Shared.NextDouble() / 2)), _stopping.Token);
        }
    }

    // If the lease ended the attempt, and Postgres is unavailable now, then Postgres was probably what the handler waited for.
    private FailureDecision ForgiveTimeout(FailureDecision decision, Exception exception) =>
        exception is not OperationCanceledException ? decision
        : decision is FailureDecision.Retry retry ? retry with { IsCounted = false }
        : new FailureDecision.Retry(options.Value.FirstRetryDelay, IsCounted: false);

    private async Task StoreVerdictAsync(InboxDelivery delivery, FailureDecision decision, Exception exception)
    {
        switch (decision)
        {
            case FailureDecision.Retry retry:
                await claims.RetryAsync(delivery, retry, exception, CancellationToken.None);
                if (retry.IsCounted)
                {
                    LogRetry(delivery.Topic, delivery.Id, delivery.Attempt, retry.Delay.TotalSeconds, exception.GetType().Name);
                    metrics.CountRetry(delivery.Topic);
                }
                else
                {
                    LogInterrupted(delivery.Topic, delivery.Id, delivery.Attempt, retry.Delay.TotalSeconds, exception.GetType().Name);
                    metrics.CountInterrupted(delivery.Topic);
                }

                break;
            case FailureDecision.Park park:
                await ParkAsync(delivery, park.Parking, exception);
                break;
        }
    }

    private async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? exception)
    {
        await claims.ParkAsync(delivery, parking, exception, CancellationToken.None);
        metrics.CountParked(delivery.Topic, parking.ParkedAs);
        alerts.ReportParked(delivery.Topic, parking.ParkedAs);
        LogParked(delivery.Topic, delivery.Id, parking.ParkedAs, exception?.GetType().Name ?? "the handler parked it");
    }

    [LoggerMessage(LogLevel.Warning, "{Topic}: the verdict on delivery {DeliveryId} waits for Postgres: {Reason}")]
    private partial void LogVerdictWaits(string topic, long deliveryId, string reason);

    [LoggerMessage(LogLevel.Error, "{Topic}: an attempt at delivery {DeliveryId} ended without a verdict; it is due again when its lease ends")]
    private partial void LogNoVerdict(string topic, long deliveryId, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "{Topic}: an outage ended attempt {Attempt} at delivery {DeliveryId} with {Error}; it does not count; retry in {Seconds:0.0} s")]
    private partial void LogInterrupted(string topic, long deliveryId, int attempt, double seconds, string error);

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
