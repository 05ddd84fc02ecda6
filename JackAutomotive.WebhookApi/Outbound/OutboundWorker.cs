using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Outbound;

/// <summary>
/// Sends what is due. A job that this instance adds wakes the worker at once; a timer wakes the worker for all other jobs: scheduled ones,
/// retries, and jobs of other instances.
/// </summary>
internal sealed partial class OutboundWorker(
    OutboundClaims claims,
    OutboundDispatcher dispatcher,
    OutboundPauses pauses,
    OutboundSignal signal,
    UnitOfWorkFactory works,
    OutboundResultStore results,
    BackgroundLoops loops,
    IOptions<OutboundOptions> options,
    TimeProvider time,
    ILogger<OutboundWorker> logger) : BackgroundService
{
    // A round lasts until nothing is due, and each of its steps may wait for a provider's answer.
    private static readonly TimeSpan s_roundLimit = TimeSpan.FromMinutes(6);

    private static readonly string[] s_kinds = [OutboundKinds.Text, OutboundKinds.Call];

    private readonly SemaphoreSlim _slots = new(options.Value.Concurrency);
    private readonly BackgroundLoop _loop = loops.Create(
        "outbound worker", new BackgroundLoopLimits { Interval = options.Value.PollInterval, RoundLimit = s_roundLimit });

    private bool _isSweepDue;

    /// <summary>Handles all jobs that are due and returns their number, for instances whose worker does not run.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var handled = 0;
        await EndSilentCallsAsync(cancellationToken);
        while (true)
        {
            var jobs = await ClaimAsync(options.Value.Concurrency, cancellationToken);
            if (jobs.Count == 0)
            {
                return handled;
            }

            await Task.WhenAll(jobs.Select(HandleAsync));
            handled += jobs.Count;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Dispatch)
        {
            return;
        }

        Poll();
        await using (time.CreateTimer(_ => Poll(), null, options.Value.PollInterval, options.Value.PollInterval))
        {
            await _loop.RunAsync(WaitForSignalAsync, SendDueAsync, stoppingToken);
        }

        // A request that is under way has its own time limit. Its result is stored before the process ends.
        for (var slot = 0; slot < options.Value.Concurrency; slot++)
        {
            await _slots.WaitAsync(CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _slots.Dispose();
        base.Dispose();
    }

    private void Poll()
    {
        Volatile.Write(ref _isSweepDue, true);
        signal.Notify();
    }

    private async ValueTask<bool> WaitForSignalAsync(CancellationToken cancellationToken)
    {
        await signal.WaitAsync(cancellationToken);
        return true;
    }

    private async Task SendDueAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isSweepDue, false))
        {
            await EndSilentCallsAsync(cancellationToken);
        }

        while (await FillFreeSlotsAsync(cancellationToken))
        {
            _loop.Beat();
        }
    }

    /// <summary>Claims jobs for all free slots and starts to send them. Returns true if more may be due.</summary>
    private async Task<bool> FillFreeSlotsAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var free = 1;
        while (_slots.Wait(0, CancellationToken.None))
        {
            free++;
        }

        IReadOnlyList<OutboundJob> jobs = [];
        try
        {
            // Cancellation after the commit would leave claimed jobs without a worker until their leases end.
            jobs = await ClaimAsync(free, CancellationToken.None);
            foreach (var job in jobs)
            {
                _ = HandleInSlotAsync(job);
            }
        }
        finally
        {
            if (free > jobs.Count)
            {
                _slots.Release(free - jobs.Count);
            }
        }

        return jobs.Count == free && !cancellationToken.IsCancellationRequested;
    }

    private async Task<IReadOnlyList<OutboundJob>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        // A claim each second would be a line on the dashboard each second.
        using var tracingSuppression = SuppressInstrumentationScope.Begin();
        var claimed = new List<OutboundJob>();
        foreach (var kind in s_kinds.Where(kind => !pauses.IsPaused(kind)))
        {
            if (limit > claimed.Count)
            {
                claimed.AddRange(await claims.ClaimAsync(kind, limit - claimed.Count, cancellationToken));
            }
        }

        return claimed;
    }

    private async Task HandleInSlotAsync(OutboundJob job)
    {
        await Task.Yield();
        try
        {
            await HandleAsync(job);
        }
        finally
        {
            _slots.Release();

            // The next job of the same lead may have waited for this one.
            signal.Notify();
        }
    }

    private async Task HandleAsync(OutboundJob job)
    {
        try
        {
            await dispatcher.HandleAsync(job, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The job is claimed again when its lease ends. An attempt that was begun is then looked up at the provider.
            LogFailed(job.Kind, job.Id, e);
        }
    }

    /// <summary>Ends the calls whose result nobody has reported.</summary>
    private async Task EndSilentCallsAsync(CancellationToken cancellationToken)
    {
        using var tracingSuppression = SuppressInstrumentationScope.Begin();
        while (true)
        {
            await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
            if (!await results.EndSilentCallAsync(work, cancellationToken))
            {
                return;
            }

            await work.CommitAsync(cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Error, "The {Kind} {Id} could not be handled; it is due again when its lease ends")]
    private partial void LogFailed(string kind, Guid id, Exception exception);
}
