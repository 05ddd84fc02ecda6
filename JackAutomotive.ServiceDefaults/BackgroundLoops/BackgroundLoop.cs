using System.Data.Common;
using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// One loop that works in the background for as long as the service runs. No failure ends the loop: a failed round is logged, counted and
/// tried again, with a growing delay. The health check <c>loops</c> reports the loop while it is dead, stuck or failing.
/// </summary>
public sealed partial class BackgroundLoop
{
    // The delays and the time of a round are real time, because outages last in real time. Only the wait between rounds is on the
    // service's clock, as its timers are.
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(100);

    // A single failure, such as one broken connection, is no problem yet.
    private static readonly TimeSpan s_failingAfter = TimeSpan.FromSeconds(2);

    private readonly BackgroundLoops _loops;
    private readonly BackgroundLoopLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private Phase _phase = Phase.Waiting;
    private long _lastRound;
    private long _workingSince;
    private long? _failingSince;
    private int _failures;
    private string? _lastError;

    internal BackgroundLoop(string name, BackgroundLoopLimits limits, BackgroundLoops loops, TimeProvider time, ILogger logger)
    {
        (Name, _limits, _loops, _time, _logger) = (name, limits, loops, time, logger);
        _lastRound = time.GetTimestamp();
    }

    private enum Phase
    {
        Waiting,
        Working,
        Ended,
    }

    /// <summary>The name in logs, metrics and <c>/health</c>.</summary>
    public string Name { get; }

    /// <summary>The time since the last completed round, or since the loop began.</summary>
    internal TimeSpan SinceLastRound
    {
        get
        {
            lock (_gate)
            {
                return _time.GetElapsedTime(_lastRound);
            }
        }
    }

    /// <summary>
    /// Waits for work and runs a round, again and again, until the token is cancelled or <paramref name="waitForWork"/> returns false. A
    /// failed round is repeated after a delay, without waiting for work again. The task never fails.
    /// </summary>
    /// <param name="waitForWork">Completes when a round is due, such as the tick of a timer. False ends the loop.</param>
    /// <param name="round">The work of one round.</param>
    /// <param name="stoppingToken">Ends the loop.</param>
    public async Task RunAsync(
        Func<CancellationToken, ValueTask<bool>> waitForWork,
        Func<CancellationToken, Task> round,
        CancellationToken stoppingToken)
    {
        Begin();
        var isOver = false;
        while (!isOver && !stoppingToken.IsCancellationRequested)
        {
            isOver = !await TryUntilDoneAsync(
                async token =>
                {
                    RecordWaiting();
                    var isDue = await waitForWork(token);
                    RecordWorking();
                    return isDue;
                },
                stoppingToken);
            if (!isOver)
            {
                await TryUntilDoneAsync(
                    async token =>
                    {
                        RecordWorking();
                        await round(token);
                        RecordRound();
                        return true;
                    },
                    stoppingToken);
            }
        }

        End(isIntended: true);
    }

    /// <summary>Runs <paramref name="work"/> until it succeeds once, or until the token is cancelled. The task never fails.</summary>
    public async Task RunUntilDoneAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        Begin();
        await TryUntilDoneAsync(
            async token =>
            {
                RecordWorking();
                await work(token);
                RecordRound();
                return true;
            },
            stoppingToken);
        End(isIntended: true);
    }

    /// <summary>Shows that a long round makes progress, so that the loop does not count as stuck.</summary>
    public void Beat()
    {
        lock (_gate)
        {
            _workingSince = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Begins a loop that a thread of its own runs. The thread then calls the other Record methods itself.</summary>
    public void Begin()
    {
        RecordRound();
        _loops.Add(this);
    }

    /// <summary>Ends a loop. A loop whose end is not intended stays in <c>/health</c> as dead, unless the service is stopping.</summary>
    public void End(bool isIntended)
    {
        if (isIntended || _loops.IsStopping)
        {
            _loops.Remove(this);
            return;
        }

        lock (_gate)
        {
            _phase = Phase.Ended;
        }
    }

    /// <summary>Records that the loop waits for work.</summary>
    public void RecordWaiting()
    {
        lock (_gate)
        {
            _phase = Phase.Waiting;
        }
    }

    /// <summary>Records that the loop has begun to work.</summary>
    public void RecordWorking()
    {
        lock (_gate)
        {
            _phase = Phase.Working;
            _workingSince = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Records a completed round, which ends a row of failures.</summary>
    public void RecordRound()
    {
        lock (_gate)
        {
            (_failures, _failingSince, _lastError) = (0, null, null);
            _phase = Phase.Waiting;
            _lastRound = _time.GetTimestamp();
        }
    }

    /// <summary>Logs and counts a failure, and returns the delay before the next try.</summary>
    public TimeSpan RecordFailure(Exception exception)
    {
        int failures;
        var summary = Summarize(exception);
        lock (_gate)
        {
            failures = ++_failures;
            _failingSince ??= Stopwatch.GetTimestamp();
            _lastError = summary;
            _workingSince = Stopwatch.GetTimestamp();
        }

        var delay = ComputeDelay(failures, Random.Shared.NextDouble());
        _loops.CountFailure(Name);
        LogFailed(Name, failures, delay.TotalSeconds, summary, IsOrdinary(exception) ? null : exception);
        return delay;
    }

    /// <summary>Returns what is wrong with the loop at this moment, or null.</summary>
    internal BackgroundLoopProblem? FindProblem()
    {
        lock (_gate)
        {
            if (_phase == Phase.Ended)
            {
                return new BackgroundLoopProblem("has ended; restart the service", IsSevere: true);
            }

            if (_phase == Phase.Working && Stopwatch.GetElapsedTime(_workingSince) is var working && working > _limits.RoundLimit)
            {
                return new BackgroundLoopProblem($"is stuck: no sign of life in its round for {working.TotalSeconds:0} s", IsSevere: true);
            }

            if (_phase == Phase.Waiting && _limits.Interval is { } interval
                && _time.GetElapsedTime(_lastRound) is var waiting && waiting > interval + _limits.RoundLimit)
            {
                return new BackgroundLoopProblem($"is stuck: no round for {waiting.TotalSeconds:0} s", IsSevere: true);
            }

            return _failures > 1 && _failingSince is { } since && Stopwatch.GetElapsedTime(since) is var failing && failing >= s_failingAfter
                ? new BackgroundLoopProblem(
                    $"has failed {_failures} times in a row for {failing.TotalSeconds:0} s, last with {_lastError}", _limits.IsEssential)
                : null;
        }
    }

    // The delay is random, between half of the exponential delay and the full exponential delay.
    internal TimeSpan ComputeDelay(int failures, double jitter)
    {
        var doubled = s_firstDelay * Math.Pow(2, Math.Min(failures - 1, 20));
        return (doubled < _limits.MaxDelay ? doubled : _limits.MaxDelay) * (0.5 + (jitter / 2));
    }

    /// <summary>Returns the result of the first success, or false when the loop must end.</summary>
    private async Task<bool> TryUntilDoneAsync(Func<CancellationToken, Task<bool>> attempt, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                return await attempt(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception e)
            {
                await Task.Delay(RecordFailure(e), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return false;
    }

    private static string Summarize(Exception exception)
    {
        const int MaxLength = 300;
        var text = $"{exception.GetType().Name}: {exception.Message}";
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? text : text[..end];
        return line.Length <= MaxLength ? line : line[..MaxLength];
    }

    // The place in the code tells nothing about an outage. About any other failure it is what matters.
    private static bool IsOrdinary(Exception exception) =>
        exception is DbException or IOException or SocketException or TimeoutException or OperationCanceledException;

    [LoggerMessage(
        EventId = 3100,
        EventName = "BackgroundLoopFailed",
        Level = LogLevel.Warning,
        Message = "The loop '{Loop}' failed, {Failures} times in a row; the next try is in {Seconds:0.0} s: {Reason}")]
    private partial void LogFailed(string loop, int failures, double seconds, string reason, Exception? exception);
}
