using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Streams;
using Microsoft.Extensions.Options;
using Npgsql;
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
    private readonly ILogger _logger;
    private TaskCompletionSource _wakeSignal = CreateWakeSignal();

    public Sweep(LeadFeeds feeds, LeadLog log, RedisLink link, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<Sweep> logger)
    {
        _feeds = feeds;
        _log = log;
        _link = link;
        _options = options.Value;
        _time = time;
        _logger = logger;
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

    // A log never becomes shorter, so this is another log: an older backup was restored. Clients that reconnect are told so.
    private void CloseReplaced(LeadFeed feed, long seq)
    {
        LogReplaced(feed.Lead, seq);
        _feeds.Close(feed, StreamFrames.CreateRetryFrame());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The query runs every few seconds and belongs to no request. Its spans would bury the useful traces.
        using var untraced = SuppressInstrumentationScope.Begin();

        while (!stoppingToken.IsCancellationRequested)
        {
            _wakeSignal = CreateWakeSignal();
            try
            {
                await RunOnceAsync(stoppingToken);
                _feeds.RemoveUnwatched();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogSweepFailed(e);
            }

            await WaitForNextRunAsync(stoppingToken);
        }
    }

    private async Task WaitForNextRunAsync(CancellationToken stoppingToken)
    {
        var interval = _link.State.IsUp ? _options.SweepInterval : _options.SweepIntervalWithoutRedis;

        using var delayCancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(Task.Delay(interval, _time, delayCancellation.Token), _wakeSignal.Task);
        await delayCancellation.CancelAsync();
    }

    private static TaskCompletionSource CreateWakeSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Error, "The log of lead {Lead} went back to seq {Seq}, as after a restored backup; its streams end and must reset")]
    private partial void LogReplaced(LeadId lead, long seq);

    [LoggerMessage(LogLevel.Warning, "Watched leads could not be compared with Postgres")]
    private partial void LogSweepFailed(Exception exception);
}
