using System.Diagnostics;

namespace JackAutomotive.RealtimeLoad;

/// <content>The scenarios in which readers reconnect or stop reading.</content>
internal sealed partial class Run
{
    private static readonly TimeSpan s_awayTime = TimeSpan.FromMilliseconds(300);

    // Publishing continues throughout. All readers are disconnected at once and reconnect after a while. They must not miss a message.
    private void RunStorm()
    {
        var pace = new Pace(_publisher!, _channels.Count, _scenario.Rate);
        PublishFor(pace, TimeSpan.FromSeconds(1));

        var between = _settings.Between is { } command ? Process.Start("/bin/sh", ["-c", command]) : null;
        _readers.Cut(retryAt: long.MaxValue);
        PublishFor(pace, s_awayTime);
        while (between is { HasExited: false })
        {
            RunLoop(Math.Min(pace.PublishDue(), Loop.Milliseconds(1)));
        }

        if (_scenario.ChangesServers)
        {
            _readers.ChangeServers();
        }

        var began = Loop.Now;
        _readers.AllowReconnect(began);
        var failedBefore = _readers.Failed;
        OpenAll(_settings.ReopenAtOnce ?? _readers.Count, () => pace.PublishDue());
        _result.Back = _readers.Open;
        _result.BackMs = RoundToMicroseconds((Loop.Now - began) / 1e6);
        _result.BackP50Ms = RoundToMicroseconds(_readers.OpenWaits.MillisecondsAt(0.5));
        _result.BackP99Ms = RoundToMicroseconds(_readers.OpenWaits.MillisecondsAt(0.99));
        _result.BackFailed = _readers.Failed - failedBefore;

        PublishFor(pace, TimeSpan.FromSeconds(1));
        var stoppedAt = Loop.Now;
        Drain(TimeSpan.FromSeconds(5), isMeasuring: true);
        _result.CaughtUpMs = _tally.Delivered == _channels.Expected ? RoundToMicroseconds((Loop.Now - stoppedAt) / 1e6) : null;
        ServeAll();
    }

    // Measures the time until a new message has reached every reader.
    private void ServeAll()
    {
        var began = Loop.Now;
        var (before, expected) = (_tally.Delivered, _channels.Readers.Sum());
        PublishToAll();
        WaitUntil(() => _tally.Delivered - before >= expected, TimeSpan.FromSeconds(5));
        _result.Served = _tally.Delivered - before;
        _result.ServedMs = RoundToMicroseconds((Loop.Now - began) / 1e6);
    }

    private void PublishFor(Pace pace, TimeSpan duration)
    {
        var until = Loop.Now + Loop.Milliseconds(duration.TotalMilliseconds);
        while (Loop.Now < until)
        {
            RunLoop(pace.PublishDue());
        }
    }

    private void Stall(bool stall)
    {
        foreach (var reader in _readers.Stalling)
        {
            reader.Stall(stall);
        }
    }

    // The stalled readers resume reading. Readers that the server disconnected reconnect and must receive the missed messages.
    private void Recover()
    {
        Stall(false);
        RunLoop(TimeSpan.FromSeconds(4));
        _result.Cut = _readers.Stalling.Count(reader => reader.WasCut);
        _result.KeptMissed = _readers.Stalling.Where(reader => !reader.WasCut).Sum(reader => reader.MissingCount);

        OpenAll(_settings.OpenAtOnce, () => { });
        WaitUntil(() => _readers.Stalling.All(reader => reader.MissingCount == 0), TimeSpan.FromSeconds(4));
        _result.CutMissed = _readers.Stalling.Where(reader => reader.WasCut).Sum(reader => reader.MissingCount);
    }
}
