using System.Diagnostics;

namespace JackAutomotive.RealtimeLoad;

/// <content>Readers that go away and come back, or stop reading.</content>
internal sealed partial class Run
{
    private static readonly TimeSpan s_away = TimeSpan.FromMilliseconds(300);

    // Messages go on all along; every reader is cut at once, comes back after a while and is to have missed nothing.
    private void Storm()
    {
        var pace = new Pace(_publisher!, _channels.Count, _scenario.Rate);
        PublishFor(pace, TimeSpan.FromSeconds(1));

        var between = _settings.Between is { } command ? Process.Start("/bin/sh", ["-c", command]) : null;
        _readers.Cut(retryAt: long.MaxValue);
        PublishFor(pace, s_away);
        while (between is { HasExited: false })
        {
            Turn(Math.Min(pace.PublishDue(), Loop.Milliseconds(1)));
        }

        if (_scenario.ChangesServers)
        {
            _readers.ChangeServers();
        }

        var began = Loop.Now;
        _readers.ComeBack(began);
        var failedBefore = _readers.Failed;
        OpenAll(_settings.ReopenAtOnce ?? _readers.Count, () => pace.PublishDue());
        _result.Back = _readers.Open;
        _result.BackMs = Rounded((Loop.Now - began) / 1e6);
        _result.BackP50Ms = Rounded(_readers.Waits.MillisecondsAt(0.5));
        _result.BackP99Ms = Rounded(_readers.Waits.MillisecondsAt(0.99));
        _result.BackFailed = _readers.Failed - failedBefore;

        PublishFor(pace, TimeSpan.FromSeconds(1));
        var stoppedAt = Loop.Now;
        Drain(TimeSpan.FromSeconds(5), isMeasuring: true);
        _result.CaughtUpMs = _tally.Delivered == _channels.Expected ? Rounded((Loop.Now - stoppedAt) / 1e6) : null;
        ServeAll();
    }

    // How long until a new message has reached everybody.
    private void ServeAll()
    {
        var began = Loop.Now;
        var (before, expected) = (_tally.Delivered, _channels.Readers.Sum());
        PublishToAll();
        WaitUntil(() => _tally.Delivered - before >= expected, TimeSpan.FromSeconds(5));
        _result.Served = _tally.Delivered - before;
        _result.ServedMs = Rounded((Loop.Now - began) / 1e6);
    }

    private void PublishFor(Pace pace, TimeSpan duration)
    {
        var until = Loop.Now + Loop.Milliseconds(duration.TotalMilliseconds);
        while (Loop.Now < until)
        {
            Turn(pace.PublishDue());
        }
    }

    private void Stall(bool stall)
    {
        foreach (var reader in _readers.Stalling)
        {
            reader.Stall(stall);
        }
    }

    // The stalled read on. Some find that they were cut, come back and are to get the rest.
    private void Recover()
    {
        Stall(false);
        Turn(TimeSpan.FromSeconds(4));
        _result.Cut = _readers.Stalling.Count(reader => reader.WasCut);
        _result.KeptMissed = _readers.Stalling.Where(reader => !reader.WasCut).Sum(reader => reader.Missing);

        OpenAll(_settings.OpenAtOnce, () => { });
        WaitUntil(() => _readers.Stalling.All(reader => reader.Missing == 0), TimeSpan.FromSeconds(4));
        _result.CutMissed = _readers.Stalling.Where(reader => reader.WasCut).Sum(reader => reader.Missing);
    }
}
