using System.Diagnostics;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Analysis.Queue;

/// <summary>Analyses the conversations of the queue in the background, so that no delivery waits for an analysis.</summary>
internal sealed partial class AnalysisWorker(
    AnalysisQueue queue,
    StoreAnalysis storeAnalysis,
    BackgroundLoops loops,
    WebhookApiMetrics metrics,
    IOptions<AnalysisOptions> options,
    IOptions<InboxOptions> inboxOptions,
    TimeProvider time,
    ILogger<AnalysisWorker> logger) : BackgroundService
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromMinutes(5);

    private readonly BackgroundLoop _loop = loops.Create("analysis", new BackgroundLoopLimits
    {
        Interval = options.Value.PollInterval,
        RoundLimit = options.Value.Timeout + TimeSpan.FromMinutes(1),
        IsEssential = false,
    });

    /// <summary>Attempts every job that is due.</summary>
    /// <returns>The number of attempts.</returns>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var attempts = 0;
        while (true)
        {
            var jobs = await ClaimAsync(cancellationToken);
            if (jobs.Count == 0)
            {
                return attempts;
            }

            attempts += jobs.Count;
            await Task.WhenAll(jobs.Select(job => AttemptAsync(job, cancellationToken)));
            _loop.Beat();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!inboxOptions.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, DrainAsync, stoppingToken);
    }

    private async Task<IReadOnlyList<AnalysisJob>> ClaimAsync(CancellationToken cancellationToken)
    {
        // A claim each second would be a line on the dashboard each second.
        using var tracingSuppression = SuppressInstrumentationScope.Begin();
        return await queue.ClaimAsync(options.Value.Concurrency, cancellationToken);
    }

    private async Task AttemptAsync(AnalysisJob job, CancellationToken cancellationToken)
    {
        using var activity = StartSpan(job);

        // A process that ends during an attempt counts it, so that a conversation that ends the process is not claimed for ever.
        if (job.Attempt > options.Value.MaxAttempts)
        {
            await FailAsync(job, "every attempt ended without a result; the process may have ended during them", cancellationToken);
            return;
        }

        try
        {
            await storeAnalysis.HandleAsync(job, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            await RecordFailureAsync(job, e, cancellationToken);
        }
    }

    private async Task RecordFailureAsync(AnalysisJob job, Exception exception, CancellationToken cancellationToken)
    {
        var isOutage = DatabaseErrors.IsOutage(exception);
        var reason = ExceptionSummary.Of(exception);
        if (!isOutage && job.Attempt >= options.Value.MaxAttempts)
        {
            await FailAsync(job, reason, cancellationToken);
            return;
        }

        var delay = s_firstDelay * Math.Pow(2, Math.Min(job.Attempt - 1, 10));
        LogRetry(job.Kind, job.Id, reason);
        await queue.ReleaseAsync(
            job, time.GetUtcNow() + (delay < s_maxDelay ? delay : s_maxDelay), isAttempt: !isOutage, reason, cancellationToken);
    }

    private async Task FailAsync(AnalysisJob job, string reason, CancellationToken cancellationToken)
    {
        await queue.FailAsync(job, reason, cancellationToken);
        metrics.CountAnalysisFailed(job.Kind);
        LogFailed(job.Kind, job.Id, job.Attempt, reason);
    }

    private static Activity? StartSpan(AnalysisJob job)
    {
        Activity.Current = null;
        ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var handling);
        var activity = WebhookApiTelemetry.Source.StartActivity($"analyse {job.Kind}", ActivityKind.Consumer, handling);
        activity?.SetTag(WebhookApiTelemetry.DeliveryId, job.DeliveryId);
        activity?.SetTag(WebhookApiTelemetry.Attempt, job.Attempt);
        return activity;
    }

    [LoggerMessage(LogLevel.Warning, "The analysis job {Id} ({Kind}) will be tried again: {Reason}")]
    private partial void LogRetry(string kind, long id, string reason);

    [LoggerMessage(
        LogLevel.Error,
        "The analysis job {Id} ({Kind}) failed after {Attempts} attempts and waits for a rerun (POST /api/analyses/rerun): {Reason}")]
    private partial void LogFailed(string kind, long id, int attempts, string reason);
}
