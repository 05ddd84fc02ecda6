using System.Collections.Concurrent;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// The leads that this instance watches. All streams of a lead share one feed and one Redis subscription. Both stay open for
/// <see cref="RealtimeOptions.Linger"/> after the lead's last stream has ended.
/// </summary>
internal sealed partial class LeadFeeds : IMessageSink
{
    // The longest wait for Redis to confirm a subscription. The sweep finds events that are published before a later confirmation.
    private static readonly TimeSpan s_subscribeWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_openWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LeadId, Entry> _entries = new();
    private readonly Lock _gate = new();
    private readonly Lazy<LeadSubscriptions> _subscriptions;
    private readonly RedisLink _link;
    private readonly LeadPositions _positions;
    private readonly LeadFeedContext _parts;
    private readonly ILogger _logger;

    public LeadFeeds(
        Lazy<LeadSubscriptions> subscriptions,
        RedisLink link,
        LeadLog log,
        LeadPositions positions,
        IOptions<RealtimeOptions> options,
        RealtimeMetrics metrics,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<LeadFeed> logger)
    {
        _subscriptions = subscriptions;
        _link = link;
        _positions = positions;
        _logger = logger;
        _parts = new LeadFeedContext(log, options.Value, metrics, time, logger, Release, lifetime.ApplicationStopping);
    }

    /// <summary>Raised before a passing frame from Redis is sent to the lead's watchers.</summary>
    public event Action<LeadId, ReadOnlyMemory<byte>>? Passed;

    /// <summary>The number of watched leads, including leads that linger after their last stream.</summary>
    public int Count => _entries.Count;

    /// <summary>
    /// Returns the lead's feed, subscribed and at a known position, or null if the lead does not exist. The caller must release a
    /// returned feed once, see <see cref="Release(LeadFeed)"/>.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is unavailable and the lead is not watched yet.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within five seconds.</exception>
    public async Task<LeadFeed?> OpenAsync(LeadId lead, CancellationToken cancellationToken)
    {
        var entry = AddStream(lead);
        try
        {
            var feed = await entry.Feed.WaitAsync(s_openWait, _parts.Time, cancellationToken);
            if (feed is null)
            {
                ReleaseAndRemove(lead, entry);
            }

            return feed;
        }
        catch
        {
            // A feed that failed to open is removed, so that the next stream tries again. A feed that is still opening stays, because
            // other streams may wait for it.
            if (entry.Feed.IsFaulted)
            {
                ReleaseAndRemove(lead, entry);
            }
            else
            {
                Release(entry);
            }

            throw;
        }
    }

    /// <summary>Ends one stream's use of a feed.</summary>
    public void Release(LeadFeed feed)
    {
        if (_entries.TryGetValue(feed.Lead, out var entry))
        {
            Release(entry);
        }
    }

    /// <summary>Returns the feeds that have finished opening, and so are at a known position.</summary>
    public Dictionary<LeadId, LeadFeed> FindOpen()
    {
        var open = new Dictionary<LeadId, LeadFeed>();
        foreach (var (lead, entry) in _entries)
        {
            if (entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
            {
                open[lead] = feed;
            }
        }

        return open;
    }

    /// <summary>Ends the streams of an erased lead and removes its feed. From then on the lead is unknown to new streams.</summary>
    public void EndErased(LeadFeed feed)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(feed.Lead, out var entry) && entry.Feed is { IsCompletedSuccessfully: true } opened && opened.Result == feed)
            {
                Remove(feed.Lead, entry);
            }
        }

        feed.EndErased();
    }

    /// <summary>Removes every lead that has had no stream for <see cref="RealtimeOptions.Linger"/>.</summary>
    public void RemoveUnwatched()
    {
        var idleSince = _parts.Time.GetUtcNow() - _parts.Options.Linger;
        foreach (var (lead, entry) in _entries)
        {
            RemoveIfIdle(lead, entry, idleSince);
        }
    }

    private Entry AddStream(LeadId lead)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(lead, out var entry))
            {
                // The feed outlives the first watcher's request, so it must not inherit that request's trace and cancellation.
                using (ExecutionContext.SuppressFlow())
                {
                    entry = new Entry(Task.Run(() => OpenFeedAsync(lead)));
                }

                _entries[lead] = entry;
                _parts.Metrics.CountLeadAdded();
            }

            entry.Streams++;
            return entry;
        }
    }

    private async Task<LeadFeed?> OpenFeedAsync(LeadId lead)
    {
        var subscription = _subscriptions.Value.SubscribeAsync(lead);
        if (_link.State.IsUp)
        {
            await Task.WhenAny(subscription, Task.Delay(s_subscribeWait, _parts.Time, _parts.Stopping));
        }

        // The position is read after the subscription: an event up to this seq is in the log, and a later event arrives as a message.
        return await _positions.FindAsync(lead) is { } seq ? new LeadFeed(lead, seq, _parts) : null;
    }

    /// <summary>Sends a passing frame to the lead's watchers on this instance.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        if (_entries.TryGetValue(lead, out var entry) && entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
        {
            feed.Receive(new FeedEvent(0, null, null, Block.Of(frame.Span)));
        }
    }

    /// <inheritdoc/>
    public LeadFeed? Receive(LeadId lead, ReadOnlySpan<byte> bytes)
    {
        if (!_entries.TryGetValue(lead, out var entry))
        {
            return null;
        }

        if (!FeedEvent.TryDecode(bytes, out var message))
        {
            _parts.Metrics.CountUnreadableMessage();
            LogUnreadable(lead);
            return null;
        }

        if (message.IsPassing)
        {
            Passed?.Invoke(lead, message.Block.Frames);
        }

        if (entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
        {
            return feed.Receive(message) ? feed : null;
        }

        // The subscription is active, but the position is not read yet, so the feed has no watchers. It catches up once it is open.
        if (!message.IsPassing && !entry.Feed.IsCompleted)
        {
            _ = entry.Feed.ContinueWith(
                opening => opening.Result?.CatchUpTo(message.Seq),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
        }

        return null;
    }

    private void Release(Entry entry)
    {
        lock (_gate)
        {
            entry.Streams--;
            entry.LeftAt = _parts.Time.GetUtcNow();
        }
    }

    private void ReleaseAndRemove(LeadId lead, Entry entry)
    {
        lock (_gate)
        {
            entry.Streams--;
            Remove(lead, entry);
        }
    }

    private void RemoveIfIdle(LeadId lead, Entry entry, DateTimeOffset idleSince)
    {
        lock (_gate)
        {
            if (entry.Streams == 0 && entry.LeftAt <= idleSince)
            {
                Remove(lead, entry);
            }
        }
    }

    // Callers hold the gate under which leads are also added, so that ending an old subscription never ends a new one.
    private void Remove(LeadId lead, Entry entry)
    {
        if (_entries.TryRemove(KeyValuePair.Create(lead, entry)))
        {
            _subscriptions.Value.Unsubscribe(lead);
            _parts.Metrics.CountLeadRemoved();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A message on the channel of lead {Lead} is not an event and was ignored")]
    private partial void LogUnreadable(LeadId lead);

    private sealed class Entry(Task<LeadFeed?> feed)
    {
        public Task<LeadFeed?> Feed { get; } = feed;

        public int Streams { get; set; }

        public DateTimeOffset LeftAt { get; set; }
    }
}
