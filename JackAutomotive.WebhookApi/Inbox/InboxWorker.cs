using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Claims due deliveries ahead of their handling, and lets a few lanes handle the waiting ones (<see cref="DeliveryBatches"/>). A delivery that
/// this instance accepts wakes the worker at once; a timer wakes the worker for all other deliveries. A delivery whose earlier attempt was
/// lost may be what ended a process: such deliveries are handled one at a time.
/// </summary>
internal sealed class InboxWorker(
    InboxClaims claims,
    DeliveryBatches batches,
    DeliveryVerdicts verdicts,
    OrderingLines lines,
    InboxSignal signal,
    BackgroundLoops loops,
    IOptions<InboxOptions> options,
    TimeProvider time) : BackgroundService
{
    // No lane waits for a claim: when fewer deliveries than the minimum wait, the worker claims up to the maximum.
    private const int MinWaiting = 64;
    private const int MaxWaiting = 128;

    // A round lasts until enough deliveries wait or no delivery is due. Postgres has ten seconds for a claim.
    private static readonly TimeSpan s_roundLimit = TimeSpan.FromMinutes(5);

    // How often ordering lines are checked for a delivery that nothing brings forward. Usually there is no line.
    private static readonly TimeSpan s_mendInterval = TimeSpan.FromSeconds(5);

    private readonly WaitingDeliveries _waiting = new(options.Value, time);
    private readonly SemaphoreSlim _lanes = new(options.Value.Concurrency);
    private readonly BackgroundLoop _loop = loops.Create(
        "inbox worker", new BackgroundLoopLimits { Interval = options.Value.PollInterval, RoundLimit = s_roundLimit });

    private Task _handlingOfLost = Task.CompletedTask;
    private bool _isLostDeliveryDue;
    private bool _isLostDeliveryInHand;
    private bool _isUpkeepDue;
    private bool _hasProgress;
    private DateTimeOffset _mendedAt = DateTimeOffset.MinValue;

    /// <summary>Handles all due deliveries and returns the number of attempts, for instances whose worker does not run.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        var attempts = 0;
        await MaintainLinesAsync(isMendDue: true, cancellationToken);
        while (true)
        {
            await GiveBackStaleAsync();
            var claimed = await ClaimAsync(MaxWaiting, cancellationToken);
            if (claimed.Count == 0)
            {
                claimed = await ClaimLostAsync(cancellationToken);
            }

            if (claimed.Count == 0)
            {
                return attempts;
            }

            _waiting.Add(claimed);
            await Task.WhenAll(Enumerable.Range(0, options.Value.Concurrency).Select(_ => HandleWaitingAsync()));
            attempts += claimed.Count;
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

        await verdicts.StopWaitingAsync();
        await WaitForLanesAsync();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _lanes.Dispose();
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

        // Cancellation after the commit of a claim would leave claimed deliveries without a handler until their leases end.
        bool mayBeMore;
        do
        {
            _loop.Beat();
            await GiveBackStaleAsync();
            await HandleLostIfDueAsync();
            mayBeMore = await ClaimAheadAsync();
            StartLanes();
        }
        while (mayBeMore && !stoppingToken.IsCancellationRequested);
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

    /// <summary>Claims deliveries if few wait, and returns true if more deliveries may be due.</summary>
    private async Task<bool> ClaimAheadAsync()
    {
        // While every lane is busy with something slow, other instances may take what is due.
        var isBusy = _lanes.CurrentCount == 0 && !Volatile.Read(ref _hasProgress);
        var free = MaxWaiting - _waiting.Count;
        if (isBusy || free <= MaxWaiting - MinWaiting)
        {
            return false;
        }

        Volatile.Write(ref _hasProgress, false);
        var claimed = await ClaimAsync(free, CancellationToken.None);
        _waiting.Add(claimed);
        return claimed.Count == free;
    }

    private async Task GiveBackStaleAsync()
    {
        var stale = _waiting.TakeStale();
        if (stale.Count == 0)
        {
            return;
        }

        try
        {
            await claims.GiveBackAsync(stale, CancellationToken.None);
        }
        catch
        {
            _waiting.Add(stale); // The next round tries again.
            throw;
        }
    }

    private void StartLanes()
    {
        for (var waiting = _waiting.Count; waiting > 0 && _lanes.Wait(0, CancellationToken.None); waiting--)
        {
            _ = Task.Run(RunLaneAsync);
        }
    }

    private async Task RunLaneAsync()
    {
        await HandleWaitingAsync();
        _lanes.Release();
        signal.Notify(); // The next deliveries of the same ordering keys may be due now.
    }

    private async Task HandleWaitingAsync()
    {
        while (_waiting.Take() is { Count: > 0 } batch)
        {
            await batches.HandleAsync(batch);
            Volatile.Write(ref _hasProgress, true);
            if (_waiting.Count is > 0 and < MinWaiting)
            {
                signal.Notify();
            }
        }
    }

    private async Task HandleLostIfDueAsync()
    {
        if (Volatile.Read(ref _isLostDeliveryInHand) || !Volatile.Read(ref _isLostDeliveryDue))
        {
            return;
        }

        var lost = await ClaimLostAsync(CancellationToken.None);
        Volatile.Write(ref _isLostDeliveryDue, lost.Count > 0);
        if (lost.Count > 0)
        {
            Volatile.Write(ref _isLostDeliveryInHand, true);
            _handlingOfLost = Task.Run(async () =>
            {
                await batches.HandleAsync(lost);
                Volatile.Write(ref _isLostDeliveryInHand, false);
                signal.Notify();
            });
        }
    }

    // The worker completes all claimed deliveries before it stops; the host's shutdown timeout limits the wait.
    private async Task WaitForLanesAsync()
    {
        for (var i = 0; i < options.Value.Concurrency; i++)
        {
            await _lanes.WaitAsync();
        }

        await _handlingOfLost;
    }

    private async Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();

        IReadOnlyList<InboxDelivery> claimed;

        // Most claims find no delivery, and a trace of each would hide the useful traces.
        using (SuppressInstrumentationScope.Begin())
        {
            claimed = await claims.ClaimAsync(limit, cancellationToken);
        }

        return Trace(claimed, startedAt);
    }

    private async Task<IReadOnlyList<InboxDelivery>> ClaimLostAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        InboxDelivery? lost;
        using (SuppressInstrumentationScope.Begin())
        {
            lost = await claims.ClaimLostAsync(cancellationToken);
        }

        return Trace(lost is null ? [] : [lost], startedAt);
    }

    private IReadOnlyList<InboxDelivery> Trace(IReadOnlyList<InboxDelivery> claimed, DateTimeOffset startedAt)
    {
        using var activity = claimed.Count == 0 ? null : InboxSpans.StartClaim(startedAt, time.GetUtcNow() - startedAt, claimed.Count);
        return activity is null ? claimed : [.. claimed.Select(delivery => delivery with { ClaimSpan = activity.Context })];
    }
}
