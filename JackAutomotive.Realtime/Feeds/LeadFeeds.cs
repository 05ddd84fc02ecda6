using System.Collections.Concurrent;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// The feeds of all leads that have streams on this instance. All streams of a lead share one feed and one Redis subscription. Both stay
/// open for <see cref="RealtimeOptions.Linger"/> after the lead's last stream has ended.
/// </summary>
internal sealed partial class LeadFeeds : IMessageSink
{
    // The maximum wait until Redis confirms a subscription. The sweep finds events that are published before a later confirmation.
    private static readonly TimeSpan s_subscribeWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_openWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LeadId, Entry> _entries = new();
    private readonly Lock _gate = new();
    private readonly Lazy<LeadSubscriptions> _subscriptions;
    private readonly RedisLink _link;
    private readonly LeadPositions _positions;
    private readonly LeadFeedContext _context;
    private readonly ILogger _logger;

    public LeadFeeds(
        Lazy<LeadSubscriptions> subscriptions,
        RedisLink link,
        LeadLog log,
        MissingEvents missing,
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
        _context = new LeadFeedContext(log, missing, options.Value, metrics, time, logger, Release, lifetime.ApplicationStopping);
    }

    /// <summary>Raised before a passing frame from Redis is sent to the lead's watchers.</summary>
    public event Action<LeadId, ReadOnlyMemory<byte>>? Passed;

    /// <summary>The number of watched leads, including leads that linger after their last stream.</summary>
    public int Count => _entries.Count;

    /// <summary>
    /// Returns the lead's feed, subscribed and at a known position, or null if the lead does not exist. The caller must call
    /// <see cref="Release(LeadFeed)"/> once for a returned feed.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is unavailable and the lead is not watched yet.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within five seconds.</exception>
    public async Task<LeadFeed?> OpenAsync(LeadId lead, CancellationToken cancellationToken)
    {
        var entry = AddStream(lead);
        try
        {
            var feed = await entry.Opening.WaitAsync(s_openWait, _context.Time, cancellationToken);
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
            if (entry.Opening.IsFaulted)
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

    /// <summary>Ends the use of a feed by one stream.</summary>
    public void Release(LeadFeed feed)
    {
        if (_entries.TryGetValue(feed.Lead, out var entry))
        {
            Release(entry);
        }
    }

    /// <summary>Returns the open feeds by lead. An open feed is at a known position.</summary>
    public Dictionary<LeadId, LeadFeed> GetOpenFeeds()
    {
        var feeds = new Dictionary<LeadId, LeadFeed>();
        foreach (var (lead, entry) in _entries)
        {
            if (entry.OpenFeed is { } feed)
            {
                feeds[lead] = feed;
            }
        }

        return feeds;
    }

    /// <summary>
    /// Removes a feed and ends its streams with <paramref name="lastFrame"/>. A later stream of the lead gets a new feed, if the lead exists.
    /// </summary>
    public void Close(LeadFeed feed, Block lastFrame)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(feed.Lead, out var entry) && entry.OpenFeed == feed)
            {
                Remove(feed.Lead, entry);
            }
        }

        feed.End(lastFrame);
    }

    /// <summary>Removes every lead that has had no stream for <see cref="RealtimeOptions.Linger"/>.</summary>
    public void RemoveUnwatched()
    {
        var idleSince = _context.Time.GetUtcNow() - _context.Options.Linger;
        foreach (var (lead, entry) in _entries)
        {
            RemoveIfIdle(lead, entry, idleSince);
        }
    }

    /// <summary>Sends a passing frame to the lead's watchers on this instance.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        if (_entries.TryGetValue(lead, out var entry) && entry.OpenFeed is { } feed)
        {
            feed.Receive(new FeedEvent(Seq: 0, TraceParent: null, CommittedAt: null, Block.Of(frame.Span)));
        }
    }

    /// <inheritdoc/>
    public LeadFeed? Receive(LeadId lead, ReadOnlySpan<byte> message)
    {
        if (!_entries.TryGetValue(lead, out var entry))
        {
            return null;
        }

        if (!FeedEvent.TryDecode(message, out var feedEvent))
        {
            _context.Metrics.CountUnreadableMessage();
            LogUnreadable(lead);
            return null;
        }

        if (feedEvent.IsPassing)
        {
            Passed?.Invoke(lead, feedEvent.Block.Frames);
        }

        if (entry.OpenFeed is { } feed)
        {
            return feed.Receive(feedEvent) ? feed : null;
        }

        // The subscription is active, but the feed has no position and no watchers yet. The feed catches up when it is open, also if it has
        // opened since the check above.
        if (!feedEvent.IsPassing)
        {
            entry.WhenOpen(feed => feed.ExpectAnnounced(feedEvent.Seq));
        }

        return null;
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
                _context.Metrics.CountLeadAdded();
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
            await Task.WhenAny(subscription, Task.Delay(s_subscribeWait, _context.Time, _context.Stopping));
        }

        // The position is read after the subscription: an event up to this position is in the log, and a later event arrives through Redis.
        return await _positions.FindAsync(lead) is { } seq ? new LeadFeed(lead, seq, _context) : null;
    }

    private void Release(Entry entry)
    {
        lock (_gate)
        {
            entry.Streams--;
            entry.LeftAt = _context.Time.GetUtcNow();
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

    // Callers hold _gate, as AddStream does, so that the end of an old subscription never ends a new one.
    private void Remove(LeadId lead, Entry entry)
    {
        if (_entries.TryRemove(KeyValuePair.Create(lead, entry)))
        {
            _subscriptions.Value.Unsubscribe(lead);
            _context.Metrics.CountLeadRemoved();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A message on the channel of lead {Lead} is not an event and was ignored")]
    private partial void LogUnreadable(LeadId lead);

    private sealed class Entry(Task<LeadFeed?> opening)
    {
        public Task<LeadFeed?> Opening => opening;

        public LeadFeed? OpenFeed => opening.IsCompletedSuccessfully ? opening.Result : null;

        public int Streams { get; set; }

        public DateTimeOffset LeftAt { get; set; }

        /// <summary>Runs an action on the feed as soon as the feed is open; at once if it is open. Never, if the lead does not exist.</summary>
        public void WhenOpen(Action<LeadFeed> run) => _ = opening.ContinueWith(
            opened =>
            {
                if (opened.Result is { } feed)
                {
                    run(feed);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
    }
}
