using JackAutomotive.Realtime.Redis;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// Compares all watched leads with Postgres in one query, again and again: Redis delivers at most once, and the loss of the last
/// message before a silence shows in nothing else. Seldom while Redis works, often while it is away, at once when that changes.
/// </summary>
internal sealed partial class Sweep : BackgroundService
{
    private readonly LeadFeeds _feeds;
    private readonly LeadLog _log;
    private readonly RedisLink _link;
    private readonly RealtimeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TaskCompletionSource _wake = NewWake();

    public Sweep(LeadFeeds feeds, LeadLog log, RedisLink link, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<Sweep> logger)
    {
        _feeds = feeds;
        _log = log;
        _link = link;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _link.Changed += () => _wake.TrySetResult();
    }

    /// <summary>One comparison. Whatever is behind starts to repair itself.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var feeds = _feeds.Opened();
        if (feeds.Count == 0)
        {
            return;
        }

        foreach (var (lead, seq) in await _log.FindSeqsAsync([.. feeds.Keys], cancellationToken))
        {
            feeds.Remove(lead, out var feed);
            feed!.MustReach(seq);
        }

        // A lead that was found before and is not any more has been erased.
        foreach (var erased in feeds.Values)
        {
            _feeds.Erase(erased);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A query every few seconds that belongs to no request would bury the traces that matter.
        using var untraced = SuppressInstrumentationScope.Begin();

        while (!stoppingToken.IsCancellationRequested)
        {
            _wake = NewWake();
            try
            {
                await RunOnceAsync(stoppingToken);
                _feeds.ForgetUnwatched();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogSweepFailed(e);
            }

            await WaitAsync(stoppingToken);
        }
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        var interval = _link.State.IsUp ? _options.SweepInterval : _options.SweepIntervalWithoutRedis;

        using var elapsed = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(Task.Delay(interval, _time, elapsed.Token), _wake.Task);
        await elapsed.CancelAsync();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "Watched leads could not be compared with Postgres")]
    private partial void LogSweepFailed(Exception exception);
}
