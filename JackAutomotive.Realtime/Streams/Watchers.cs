using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// All open streams of this instance. One timer looks after them, a fifteenth at a time, so that heartbeats cost no timer per
/// connection and never come in one burst. When the host stops, all of them end.
/// </summary>
internal sealed class Watchers(IOptions<RealtimeOptions> options, RealtimeMetrics metrics, TimeProvider time) : BackgroundService
{
    private const int Slots = 15;

    // How long a stream may take to say goodbye.
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(1);

    private readonly HashSet<Watcher>[] _slots = [.. Enumerable.Range(0, Slots).Select(_ => new HashSet<Watcher>())];
    private readonly Lock _gate = new();
    private int _nextSlot;
    private bool _stopping;

    /// <summary>How streams behave.</summary>
    public RealtimeOptions Options => options.Value;

    /// <summary>What is counted.</summary>
    public RealtimeMetrics Metrics => metrics;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Open streams.</summary>
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

    /// <summary>Takes a stream in; it leaves by <see cref="Remove"/>.</summary>
    public void Add(Watcher watcher)
    {
        lock (_gate)
        {
            watcher.Slot = _nextSlot++ % Slots;
            _slots[watcher.Slot].Add(watcher);
            metrics.Connected();
            if (_stopping)
            {
                watcher.End(StreamFrames.Farewell());
            }
        }
    }

    /// <summary>Takes a stream out that has ended.</summary>
    public void Remove(Watcher watcher)
    {
        lock (_gate)
        {
            if (watcher.Slot >= 0 && _slots[watcher.Slot].Remove(watcher))
            {
                metrics.Disconnected();
            }
        }
    }

    /// <summary>Ends every stream, by force those that do not end within a second.</summary>
    public async Task EndAllAsync()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        foreach (var watcher in All())
        {
            watcher.End(StreamFrames.Farewell());
        }

        await Task.Delay(s_goodbye, time);
        foreach (var watcher in All())
        {
            watcher.Abort();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Each stream is looked at twice in an interval, and half an interval of silence is enough: no pause is longer than one.
        using var timer = new PeriodicTimer(options.Value.HeartbeatInterval / 2 / Slots, time);
        for (var slot = 0; await timer.WaitForNextTickAsync(stoppingToken); slot = (slot + 1) % Slots)
        {
            foreach (var watcher in In(_slots[slot]))
            {
                watcher.CheckAlive(StreamFrames.Comment);
            }
        }
    }

    private Watcher[] In(HashSet<Watcher> slot)
    {
        lock (_gate)
        {
            return [.. slot];
        }
    }

    private Watcher[] All()
    {
        lock (_gate)
        {
            return [.. _slots.SelectMany(slot => slot)];
        }
    }
}
