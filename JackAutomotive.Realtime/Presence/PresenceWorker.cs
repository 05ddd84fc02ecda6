using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Tail;
using JackAutomotive.Realtime.Transport;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// Synchronizes <see cref="PresenceRegistry"/> with Redis once per <see cref="RealtimeOptions.PresenceInterval"/>: writes the net changes of this
/// instance in batches, publishes them, and removes the fields of dead instances. On shutdown the worker removes nothing: the clients
/// reconnect to other instances under the same names, and the remaining fields no longer count when the liveness key of this instance has expired.
/// </summary>
internal sealed class PresenceWorker : BackgroundService
{
    // The most leads in one pipelined batch.
    private const int BatchSize = 1000;

    private readonly PresenceRegistry _registry;
    private readonly PresenceStore _store;
    private readonly LeadFeeds _feeds;
    private readonly LogTailProvider _tails;
    private readonly RedisLink _link;
    private readonly RealtimeOptions _options;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly BackgroundLoop _loop;
    private DateTimeOffset _renewedAt;
    private DateTimeOffset _rewrittenAt;
    private volatile bool _wasRedisDown = true;

    public PresenceWorker(
        PresenceRegistry registry,
        PresenceStore store,
        LeadFeeds feeds,
        LogTailProvider tails,
        TailChannel tailChannel,
        RedisLink link,
        IOptions<RealtimeOptions> options,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        BackgroundLoops loops)
    {
        (_registry, _store, _feeds, _tails, _link) = (registry, store, feeds, tails, link);
        (_options, _time, _lifetime) = (options.Value, time, lifetime);
        _loop = loops.Create("presence", new BackgroundLoopLimits { Interval = _options.PresenceInterval, IsEssential = false });
        feeds.Passed += registry.RecordFrame;
        tailChannel.Passed += registry.RecordFrame;
        link.Changed += () => _wasRedisDown = true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(_options.PresenceInterval, _time);

        // The worker deliberately does not write the removals that the end of this instance's streams causes.
        await _loop.RunAsync(timer.WaitForNextTickAsync, _ => _link.State.IsUp ? RunOnceAsync() : Task.CompletedTask, stopping.Token);
    }

    private async Task RunOnceAsync()
    {
        var now = _time.GetUtcNow();
        if (_wasRedisDown || now - _renewedAt >= _options.PresenceLifetime / 3)
        {
            await RenewAsync(now);
        }

        foreach (var batch in _registry.TakeDueChanges().Chunk(BatchSize))
        {
            await WriteAsync(batch);
        }
    }

    // A due renewal comes before the writes of the round, so that no other instance treats this instance as dead.
    private async Task RenewAsync(DateTimeOffset now)
    {
        var isKnown = await _store.RenewAsync(_options.PresenceLifetime);
        _renewedAt = now;
        if (_wasRedisDown || !isKnown || now - _rewrittenAt > PresenceStore.RewriteInterval)
        {
            (_wasRedisDown, _rewrittenAt) = (false, now);
            _registry.ScheduleFullRewrite(now + _options.PresenceLifetime);
        }

        // If Redis lost this instance's keys, it lost those of the other instances, too: they need time to renew their liveness keys.
        if (now - _rewrittenAt < _options.PresenceLifetime)
        {
            return;
        }

        if (await _store.FindDeadAsync(_registry.FindInstances()) is { Count: > 0 } dead)
        {
            _registry.MarkInstancesDead(dead);
        }
    }

    private async Task WriteAsync(PresenceChange[] batch)
    {
        var appliedCount = 0;
        try
        {
            var fieldLists = await Task.WhenAll(batch.Select(_store.WriteAsync));
            var dead = await _store.FindDeadAsync([.. fieldLists.SelectMany(fields => fields.Select(field => field.Instance)).Distinct()]);
            var removed = await Task.WhenAll(batch.Zip(fieldLists, (change, fields) =>
                _store.RemoveAsync(change.Lead, fields.Where(field => dead.Contains(field.Instance)))));
            for (; appliedCount < batch.Length; appliedCount++)
            {
                var alive = fieldLists[appliedCount].Where(field => !dead.Contains(field.Instance)).ToList();
                SendOutcome(batch[appliedCount].Lead, _registry.Apply(batch[appliedCount], alive, removed[appliedCount]));
            }
        }
        finally
        {
            // Changes without a confirmation are written again. A repeated write has no effect if the first one succeeded.
            batch.Skip(appliedCount).ToList().ForEach(_registry.RequeueChange);
        }
    }

    private void SendOutcome(LeadId lead, PresenceOutcome outcome)
    {
        if (outcome.Publish)
        {
            _store.Publish(lead, outcome.Frame, _time.GetUtcNow());
        }
        else if (outcome.SendToLocalWatchers)
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
}
