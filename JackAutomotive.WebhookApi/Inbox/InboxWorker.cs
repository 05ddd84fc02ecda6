using System.Diagnostics;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Works the inbox off: claims what is due, gives each delivery to its topic's handler in a transaction of its own, and commits the
/// effects together with "done". Woken by this instance's own deliveries, and by a timer for everything else.
/// </summary>
internal sealed partial class InboxWorker(
    InboxClaims claims,
    InboxSignal signal,
    UnitOfWorkFactory works,
    DeliveryAlerts alerts,
    IServiceScopeFactory scopes,
    WebhookApiMetrics metrics,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<InboxWorker> logger) : BackgroundService
{
    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);

    /// <summary>Handles everything that is due, and returns how many attempts that took. For instances without a running worker.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var handled = 0;
        while (await ClaimAsync(options.Value.Concurrency, cancellationToken) is { Deliveries.Count: > 0 } claim)
        {
            await Task.WhenAll(claim.Deliveries.Select(delivery => HandleAsync(delivery, claim.Context)));
            handled += claim.Deliveries.Count;
        }

        return handled;
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
            await Task.WhenAll(PollAsync(stoppingToken), WorkAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await FinishAsync();
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

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await signal.WaitAsync(stoppingToken);
            try
            {
                while (await StartNextAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e))
            {
                // The timer wakes us again; it is also the pace at which an absent Postgres is asked.
                LogOutage(ExceptionSummary.Of(e));
            }
        }
    }

    /// <summary>Fills the free slots. False when there was less to do than there were slots.</summary>
    private async Task<bool> StartNextAsync(CancellationToken stoppingToken)
    {
        await _slots.WaitAsync(stoppingToken);
        var free = 1;
        while (_slots.Wait(0, CancellationToken.None))
        {
            free++;
        }

        var claim = Claim.Nothing;
        try
        {
            // Not cancelled half-way: what was claimed by then would have to wait for the end of its lease.
            claim = await ClaimAsync(free, CancellationToken.None);
        }
        finally
        {
            if (free > claim.Deliveries.Count)
            {
                _slots.Release(free - claim.Deliveries.Count);
            }
        }

        foreach (var delivery in claim.Deliveries)
        {
            _ = HandleInSlotAsync(delivery, claim.Context);
        }

        return claim.Deliveries.Count == free;
    }

    private async Task HandleInSlotAsync(InboxDelivery delivery, ActivityContext claim)
    {
        try
        {
            await HandleAsync(delivery, claim);
        }
        finally
        {
            _slots.Release();
            signal.Notify(); // The next delivery of the same ordering key may be due now.
        }
    }

    // What has been claimed is brought to its end; the host bounds how long that may take.
    private async Task FinishAsync()
    {
        for (var i = 0; i < options.Value.Concurrency; i++)
        {
            await _slots.WaitAsync();
        }
    }

    private async Task<Claim> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        IReadOnlyList<InboxDelivery> deliveries;

        // Most polls find nothing; a trace for each would bury the others.
        using (SuppressInstrumentationScope.Begin())
        {
            deliveries = await claims.ClaimAsync(limit, cancellationToken);
        }

        if (deliveries.Count == 0)
        {
            return Claim.Nothing;
        }

        using var activity = WebhookApiTelemetry.StartClaim(began, time.GetUtcNow() - began, deliveries.Count);
        return new Claim(deliveries, activity?.Context ?? default);
    }

    private async Task HandleAsync(InboxDelivery delivery, ActivityContext claim)
    {
        using var activity = WebhookApiTelemetry.StartHandling(delivery, claim);
        using var scope = logger.BeginScope(
            "Delivery {DeliveryId} {Topic} attempt {Attempt}", delivery.Id, delivery.Topic, delivery.Attempt);

        // A handler that outlives its lease works for nothing: its commit would be refused.
        using var lease = new CancellationTokenSource(options.Value.Lease, time);
        try
        {
            var outcome = await AttemptAsync(delivery, lease.Token);
            activity?.SetTag(WebhookApiTelemetry.Outcome, outcome);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            activity?.AddException(e);
            await FailAsync(delivery, e);
        }
    }

    private async Task<string> AttemptAsync(InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var services = scopes.CreateAsyncScope();
        var handler = services.ServiceProvider.GetKeyedService<IDeliveryHandler>(delivery.Topic);
        if (handler is null)
        {
            await ParkAsync(delivery, new Parking(Parking.Unroutable, $"nobody handles the topic {delivery.Topic}"), null);
            return Parking.Unroutable;
        }

        await using var work = await works.BeginAsync(delivery.Id, cancellationToken);
        var result = await handler.HandleAsync(delivery, work, cancellationToken);
        if (result.Parking is { } parking)
        {
            await ParkAsync(delivery, parking, null);
            return parking.As;
        }

        if (!await claims.CompleteAsync(work, delivery, cancellationToken))
        {
            LogLeaseLost(delivery.Id);
            return "lease lost";
        }

        await work.CommitAsync(cancellationToken);
        metrics.Processed(delivery.Topic, time.GetUtcNow() - delivery.ReceivedAt);
        return "done";
    }

    // Whatever goes wrong here leaves the delivery leased, and the lease's end brings it back.
    private async Task FailAsync(InboxDelivery delivery, Exception exception)
    {
        try
        {
            switch (FailurePolicy.Decide(exception, delivery.Try, Random.Shared.NextDouble(), options.Value))
            {
                case FailureDecision.Retry retry:
                    LogRetry(delivery.Topic, delivery.Id, delivery.Attempt, retry.After.TotalSeconds, exception.GetType().Name);
                    await claims.RetryAsync(delivery, retry.After, exception, CancellationToken.None);
                    metrics.Retried(delivery.Topic);
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
        metrics.Parked(delivery.Topic, parking.As);
        alerts.Parked(delivery.Topic, parking.As);
        LogParked(delivery.Topic, delivery.Id, parking.As, exception?.GetType().Name ?? "understood, but not wanted");
    }

    [LoggerMessage(LogLevel.Warning, "Deliveries cannot be claimed or given back: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(LogLevel.Warning, "The lease of delivery {DeliveryId} ran out while it was handled; somebody else has it now")]
    private partial void LogLeaseLost(long deliveryId);

    [LoggerMessage(LogLevel.Warning, "{Topic}: attempt {Attempt} at delivery {DeliveryId} failed with {Error}; next in {Seconds:0.0} s")]
    private partial void LogRetry(string topic, long deliveryId, int attempt, double seconds, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}: delivery {DeliveryId} is parked as {ParkedAs} ({Error}); its reason is in the inbox")]
    private partial void LogParked(string topic, long deliveryId, string parkedAs, string error);

    private sealed record Claim(IReadOnlyList<InboxDelivery> Deliveries, ActivityContext Context)
    {
        public static readonly Claim Nothing = new([], default);
    }
}
