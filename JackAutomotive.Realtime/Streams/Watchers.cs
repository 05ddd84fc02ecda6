using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Streams;

/// <summary>
/// All open streams of this instance. One timer checks the streams, a fifteenth of them at a time. Heartbeats therefore need no timer for
/// each connection and never go out in one burst. When the host stops, all streams end.
/// </summary>
internal sealed class Watchers(
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    BackgroundLoops loops,
    TimeProvider time) : BackgroundService
{
    private const int Slots = 15;

    // The time in which a stream can send its last frame before its connection is aborted.
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(1);

    private readonly HashSet<Watcher>[] _slots = [.. Enumerable.Range(0, Slots).Select(_ => new HashSet<Watcher>())];
    private readonly Lock _gate = new();
    private readonly BackgroundLoop _loop = loops.Create(
        "heartbeats", new BackgroundLoopLimits { Interval = options.Value.HeartbeatInterval / 2 / Slots });

    private int _nextSlot;
    private int _slotToCheck;
    private bool _isStopping;

    /// <summary>The stream options.</summary>
    public RealtimeOptions Options => options.Value;

    /// <summary>The instruments of this service.</summary>
    public RealtimeMetrics Metrics => metrics;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>The number of open streams.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _slots.Sum(slot => slot.Count);
            }
        }
    }

    /// <summary>Adds an open stream. <see cref="Remove"/> removes the stream when it has ended.</summary>
    public void Add(Watcher watcher)
    {
        lock (_gate)
        {
            watcher.Slot = _nextSlot++ % Slots;
            _slots[watcher.Slot].Add(watcher);
            metrics.CountConnected();
            if (_isStopping)
            {
                watcher.End(StreamFrames.CreateRetryFrame());
            }
        }
    }

    /// <summary>Removes a stream that has ended.</summary>
    public void Remove(Watcher watcher)
    {
        lock (_gate)
        {
            if (watcher.Slot >= 0 && _slots[watcher.Slot].Remove(watcher))
            {
                metrics.CountDisconnected();
            }
        }
    }

    /// <summary>Ends every stream, and aborts the streams that have not ended within a second.</summary>
    public async Task EndAllAsync()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        foreach (var watcher in CopyAll())
        {
            watcher.End(StreamFrames.CreateRetryFrame());
        }

        await Task.Delay(s_endTimeout, time);
        foreach (var watcher in CopyAll())
        {
            watcher.Abort(AbortReason.InstanceStops);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Each stream is checked twice in a heartbeat interval and gets a heartbeat after half an interval of silence. No silence is
        // therefore longer than one interval.
        using var timer = new PeriodicTimer(options.Value.HeartbeatInterval / 2 / Slots, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, CheckSlotAsync, stoppingToken);
    }

    private Task CheckSlotAsync(CancellationToken cancellationToken)
    {
        var slot = _slots[_slotToCheck];
        _slotToCheck = (_slotToCheck + 1) % Slots;
        EachInTurn.Do(CopySlot(slot), watcher => watcher.CheckAlive(StreamFrames.Heartbeat));
        return Task.CompletedTask;
    }

    private Watcher[] CopySlot(HashSet<Watcher> slot)
    {
        lock (_gate)
        {
            return [.. slot];
        }
    }

    private Watcher[] CopyAll()
    {
        lock (_gate)
        {
            return [.. _slots.SelectMany(slot => slot)];
        }
    }
}
