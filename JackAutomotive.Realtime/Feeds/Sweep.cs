using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Streams;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Compares all watched leads with Postgres in one query, at regular intervals. Redis delivers at most once, and only this comparison
/// detects the loss of the last message before a silence. The sweep runs seldom while Redis is up, often while Redis is down, and
/// immediately when the link to Redis goes up or down.
/// </summary>
internal sealed partial class Sweep : BackgroundService
{
    private readonly LeadFeeds _feeds;
    private readonly LeadLog _log;
    private readonly RedisLink _link;
    private readonly RealtimeOptions _options;
    private readonly TimeProvider _time;
    private readonly BackgroundLoop _loop;
    private readonly ILogger _logger;
    private bool _hasRun;
    private TaskCompletionSource _wakeSignal = CreateWakeSignal();

    public Sweep(
        LeadFeeds feeds,
        LeadLog log,
        RedisLink link,
        BackgroundLoops loops,
        IOptions<RealtimeOptions> options,
        TimeProvider time,
        ILogger<Sweep> logger)
    {
        _logger = logger;
        _feeds = feeds;
        _log = log;
        _link = link;
        _options = options.Value;
        _time = time;
        _loop = loops.Create(
            "sweep", new BackgroundLoopLimits { Interval = _options.SweepInterval, MaxDelay = TimeSpan.FromSeconds(1) });
        _link.Changed += () => _wakeSignal.TrySetResult();
    }

    /// <summary>Runs one comparison. Every feed that is behind starts a repair.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var feeds = _feeds.GetOpenFeeds();
        if (feeds.Count == 0)
        {
            return;
        }

        var positions = feeds.ToDictionary(entry => entry.Key, entry => entry.Value.Position);
        foreach (var (lead, seq) in await _log.FindSeqsAsync([.. feeds.Keys], cancellationToken))
        {
            feeds.Remove(lead, out var feed);
            if (seq < positions[lead])
            {
                CloseReplaced(feed!, seq);
            }
            else
            {
                feed!.CatchUpTo(seq);
            }
        }

        // The feeds that remain belong to leads that existed when the feeds opened and have been erased since.
        foreach (var erased in feeds.Values)
        {
            _feeds.Close(erased, StreamFrames.CreateLeadErasedFrame(erased.Lead));
        }
    }

    // A log never becomes shorter, so an older backup was restored. A client that reconnects receives the event "reset".
    private void CloseReplaced(LeadFeed feed, long seq)
    {
        LogReplaced(feed.Lead, seq);
        _feeds.Close(feed, StreamFrames.CreateRetryFrame());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The query runs every few seconds and belongs to no request. Its spans would bury the useful traces.
        using var untraced = SuppressInstrumentationScope.Begin();

        await _loop.RunAsync(WaitForNextRunAsync, RunAndCleanUpAsync, stoppingToken);
    }

    private async Task RunAndCleanUpAsync(CancellationToken cancellationToken)
    {
        _hasRun = true;
        _wakeSignal = CreateWakeSignal();
        await RunOnceAsync(cancellationToken);
        _feeds.RemoveUnwatched();
    }

    private async ValueTask<bool> WaitForNextRunAsync(CancellationToken stoppingToken)
    {
        if (!_hasRun)
        {
            return true;
        }

        var interval = _link.State.IsUp ? _options.SweepInterval : _options.SweepIntervalWithoutRedis;

        using var delayCancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(Task.Delay(interval, _time, delayCancellation.Token), _wakeSignal.Task);
        await delayCancellation.CancelAsync();
        return true;
    }

    private static TaskCompletionSource CreateWakeSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Error, "The log of lead {Lead} went back to seq {Seq}, as after a restored backup; its streams end and must reset")]
    private partial void LogReplaced(LeadId lead, long seq);
}
