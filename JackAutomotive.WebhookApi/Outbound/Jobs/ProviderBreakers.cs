using JackAutomotive.WebhookApi.Alerts;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>
/// Stops sends to a provider that fails, so that each of its failures does not cost a time-out and a look-up, and tries it again after a while.
/// A refusal is no failure of the provider. Opening and closing raise and clear an alert.
/// </summary>
internal sealed partial class ProviderBreakers(
    OutboundAlerts alerts,
    IOptions<OutboundOptions> options,
    TimeProvider time,
    ILogger<ProviderBreakers> logger)
{
    /// <summary>Creates the breaker of a provider.</summary>
    public ResiliencePipeline<SendResult> Create(string provider) =>
        new ResiliencePipelineBuilder<SendResult> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<SendResult>
            {
                FailureRatio = options.Value.BreakerFailureRatio,
                MinimumThroughput = options.Value.BreakerMinimumRequests,
                SamplingDuration = options.Value.BreakerSampling,
                BreakDuration = options.Value.BreakDuration,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is SendResult.Unknown or SendResult.NotSent),
                OnOpened = _ =>
                {
                    LogOpened(provider, options.Value.BreakDuration.TotalSeconds);
                    alerts.RaiseInBackground(
                        AlertKinds.BreakerOpen,
                        provider,
                        $"Requests to {provider} fail, so nothing is sent there for a while. What waits goes out later.");
                    return ValueTask.CompletedTask;
                },
                OnClosed = _ =>
                {
                    LogClosed(provider);
                    alerts.ClearInBackground(AlertKinds.BreakerOpen, provider);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>Sends through a breaker. An open breaker sends nothing.</summary>
    public static async Task<SendResult> SendAsync(ResiliencePipeline<SendResult> breaker, Func<Task<SendResult>> send)
    {
        try
        {
            return await breaker.ExecuteAsync(async _ => await send(), CancellationToken.None);
        }
        catch (BrokenCircuitException)
        {
            return new SendResult.NotSent("The provider fails, so nothing is sent to it for a while.");
        }
    }

    [LoggerMessage(LogLevel.Error, "{Provider} fails: nothing is sent to it for {Seconds} s")]
    private partial void LogOpened(string provider, double seconds);

    [LoggerMessage(LogLevel.Information, "{Provider} works again")]
    private partial void LogClosed(string provider);
}
