using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Redis;
using JackAutomotive.Realtime.Tail;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// Brings what the book says to Redis and back, about once a second: what changed here on balance is written in one batch and told to
/// everybody; what instances left that have died is removed. When this instance stops it leaves everything as it is: its clients come
/// back elsewhere under the same names, and the rest goes when its key expires.
/// </summary>
internal sealed partial class PresenceWorker : BackgroundService
{
    // Leads in one pipelined batch.
    private const int BatchSize = 1000;

    private readonly PresenceBook _book;
    private readonly PresenceStore _store;
    private readonly LeadFeeds _feeds;
    private readonly LogTails _tails;
    private readonly RedisLink _link;
    private readonly RealtimeOptions _options;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private DateTimeOffset _renewedAt;
    private DateTimeOffset _writtenAt;
    private volatile bool _wasAway = true;

    public PresenceWorker(
        PresenceBook book,
        PresenceStore store,
        LeadFeeds feeds,
        LogTails tails,
        TailHints hints,
        RedisLink link,
        IOptions<RealtimeOptions> options,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<PresenceWorker> logger)
    {
        (_book, _store, _feeds, _tails, _link) = (book, store, feeds, tails, link);
        (_options, _time, _lifetime, _logger) = (options.Value, time, lifetime, logger);
        feeds.Passed += book.Heard;
        hints.Passed += book.Heard;
        link.Changed += () => _wasAway = true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(_options.PresenceInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                await TryRunAsync();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What its streams' ends would change is left out on purpose.
        }
    }

    private async Task TryRunAsync()
    {
        if (!_link.State.IsUp)
        {
            return;
        }

        try
        {
            await RunOnceAsync();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            LogFailed(e);
        }
    }

    private async Task RunOnceAsync()
    {
        var now = _time.GetUtcNow();
        if (_wasAway || now - _renewedAt >= _options.PresenceLifetime / 3)
        {
            await RenewAsync(now);
        }

        foreach (var batch in _book.TakeChanges().Chunk(BatchSize))
        {
            await WriteAsync(batch);
        }
    }

    // Before anything is written, so that nobody takes this instance for dead.
    private async Task RenewAsync(DateTimeOffset now)
    {
        var isKnown = await _store.RenewAsync(_options.PresenceLifetime);
        _renewedAt = now;
        if (_wasAway || !isKnown || now - _writtenAt > PresenceStore.KeepsFor)
        {
            (_wasAway, _writtenAt) = (false, now);
            _book.WriteAllAgain(now + _options.PresenceLifetime);
        }

        // What Redis forgot of this instance it forgot of the others too: they are given the time to say that they are alive.
        if (now - _writtenAt < _options.PresenceLifetime)
        {
            return;
        }

        if (await _store.FindDeadAsync(_book.Instances()) is { Count: > 0 } dead)
        {
            _book.Died(dead);
        }
    }

    private async Task WriteAsync(PresenceChange[] batch)
    {
        var done = 0;
        try
        {
            var read = await Task.WhenAll(batch.Select(_store.WriteAsync));
            var dead = await _store.FindDeadAsync([.. read.SelectMany(fields => fields.Select(field => field.Instance)).Distinct()]);
            var removed = await Task.WhenAll(batch.Zip(read, (change, fields) =>
                _store.RemoveAsync(change.Lead, fields.Where(field => dead.Contains(field.Instance)))));
            for (; done < batch.Length; done++)
            {
                var alive = read[done].Where(field => !dead.Contains(field.Instance)).ToList();
                Tell(batch[done].Lead, _book.Apply(batch[done], alive, removed[done]));
            }
        }
        finally
        {
            // What was not confirmed is told again, which changes nothing if it had been done.
            batch.Skip(done).ToList().ForEach(_book.PutBack);
        }
    }

    private void Tell(LeadId lead, PresenceOutcome outcome)
    {
        if (outcome.Publish)
        {
            _store.Publish(lead, outcome.Frame, _time.GetUtcNow());
        }
        else if (outcome.TellAllHere)
        {
            _feeds.Pass(lead, outcome.Frame);
            _tails.Current?.Pass(lead, outcome.Frame);
        }
        else
        {
            var block = Block.Of(outcome.Frame.Span);
            foreach (var newcomer in outcome.Newcomers)
            {
                newcomer.SendPassing(block);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis could not be told who watches; it is told again")]
    private partial void LogFailed(Exception exception);
}
