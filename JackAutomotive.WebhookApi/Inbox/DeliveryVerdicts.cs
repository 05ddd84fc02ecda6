using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Ends attempts that did not succeed: the delivery is retried or parked.</summary>
internal sealed partial class DeliveryVerdicts(
    InboxClaims claims,
    DeliveryAlerts alerts,
    WebhookApiMetrics metrics,
    IOptions<InboxOptions> options,
    ILogger<DeliveryVerdicts> logger) : IDisposable
{
    // A verdict that cannot be stored yet is tried again. The delays are real time, because outages last in real time.
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>
    /// Retries or parks a delivery whose handler failed. The cause of the failure may be an outage of Postgres, so the verdict may have to
    /// wait too. Without a verdict the end of the lease would count as an attempt. Only <see cref="StopWaitingAsync"/> ends the wait.
    /// </summary>
    public async Task RetryOrParkAsync(InboxDelivery delivery, Exception exception)
    {
        var decision = FailurePolicy.Decide(
            exception, delivery.AttemptSinceReplay, delivery.CountedAttempts, Random.Shared.NextDouble(), options.Value);
        for (var delay = s_firstDelay; ; delay = delay * 2 < s_maxDelay ? delay * 2 : s_maxDelay)
        {
            try
            {
                await StoreAsync(delivery, decision, exception);
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

    /// <summary>Parks a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="parking">The reason.</param>
    /// <param name="exception">The exception that caused the parking; null if the handler decided to park.</param>
    public async Task ParkAsync(InboxDelivery delivery, Parking parking, Exception? exception)
    {
        await claims.ParkAsync(delivery, parking, exception, CancellationToken.None);
        metrics.CountParked(delivery.Topic, parking.ParkedAs);
        alerts.ReportParked(delivery.Topic, parking.ParkedAs);
        LogParked(delivery.Topic, delivery.Id, parking.ParkedAs, exception?.GetType().Name ?? "the handler parked it");
    }

    /// <summary>Ends the waits for Postgres, because the service stops. The deliveries are due again when their leases end.</summary>
    public Task StopWaitingAsync() => _stopping.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    // If the lease ended the attempt, and Postgres is unavailable now, then Postgres was probably what the handler waited for.
    private FailureDecision ForgiveTimeout(FailureDecision decision, Exception exception) =>
        exception is not OperationCanceledException ? decision
        : decision is FailureDecision.Retry retry ? retry with { IsCounted = false }
        : new FailureDecision.Retry(options.Value.FirstRetryDelay, IsCounted: false);

    private async Task StoreAsync(InboxDelivery delivery, FailureDecision decision, Exception exception)
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

    [LoggerMessage(LogLevel.Warning, "{Topic}: the verdict on delivery {DeliveryId} waits for Postgres: {Reason}")]
    private partial void LogVerdictWaits(string topic, long deliveryId, string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "{Topic}: an outage ended attempt {Attempt} at delivery {DeliveryId} with {Error}; it does not count; retry in {Seconds:0.0} s")]
    private partial void LogInterrupted(string topic, long deliveryId, int attempt, double seconds, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}: attempt {Attempt} at delivery {DeliveryId} failed with {Error}; retry in {Seconds:0.0} s")]
    private partial void LogRetry(string topic, long deliveryId, int attempt, double seconds, string error);

    [LoggerMessage(LogLevel.Warning, "{Topic}: delivery {DeliveryId} is parked as {ParkedAs} ({Error}); its reason is in the inbox")]
    private partial void LogParked(string topic, long deliveryId, string parkedAs, string error);
}
