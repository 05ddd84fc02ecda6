using System.Collections.Concurrent;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Redis;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// The leads that this instance watches: one feed and one Redis subscription each, counted by their streams, kept a little while
/// after the last stream has ended.
/// </summary>
internal sealed partial class LeadFeeds : IMessageSink
{
    // How long a new stream waits for Redis to confirm. What is published meanwhile is found by the comparison that follows.
    private static readonly TimeSpan s_subscribeWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_openWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LeadId, Entry> _entries = new();
    private readonly Lock _gate = new();
    private readonly Lazy<LeadSubscriptions> _subscriptions;
    private readonly RedisLink _link;
    private readonly LeadPositions _positions;
    private readonly LeadFeedParts _parts;
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
        _parts = new LeadFeedParts(log, options.Value, metrics, time, logger, Release, lifetime.ApplicationStopping);
    }

    /// <summary>Raised before a passing frame is handed out.</summary>
    public event Action<LeadId, ReadOnlyMemory<byte>>? Passed;

    /// <summary>Leads watched at the moment, those that linger included.</summary>
    public int Count => _entries.Count;

    /// <summary>
    /// Returns the lead's feed, subscribed and at a known position, or null if there is no such lead. Each success has to be
    /// followed by one <see cref="Release(LeadFeed)"/>.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is away and the lead is not watched yet.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within five seconds.</exception>
    public async Task<LeadFeed?> OpenAsync(LeadId lead, CancellationToken cancellationToken)
    {
        var entry = Hold(lead);
        try
        {
            var feed = await entry.Feed.WaitAsync(s_openWait, _parts.Time, cancellationToken);
            if (feed is null)
            {
                Drop(lead, entry);
            }

            return feed;
        }
        catch
        {
            // A feed that could not be opened is not kept: the next stream tries again. One that others wait for is.
            if (entry.Feed.IsFaulted)
            {
                Drop(lead, entry);
            }
            else
            {
                Release(entry);
            }

            throw;
        }
    }

    /// <summary>Gives back a feed.</summary>
    public void Release(LeadFeed feed)
    {
        if (_entries.TryGetValue(feed.Lead, out var entry))
        {
            Release(entry);
        }
    }

    /// <summary>The feeds that are at a known position.</summary>
    public Dictionary<LeadId, LeadFeed> Opened()
    {
        var opened = new Dictionary<LeadId, LeadFeed>();
        foreach (var (lead, entry) in _entries)
        {
            if (entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
            {
                opened[lead] = feed;
            }
        }

        return opened;
    }

    /// <summary>The lead is no more: its streams end, and whoever comes next finds no such lead.</summary>
    public void Erase(LeadFeed feed)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(feed.Lead, out var entry) && entry.Feed is { IsCompletedSuccessfully: true } opened && opened.Result == feed)
            {
                Forget(feed.Lead, entry);
            }
        }

        feed.Erase();
    }

    /// <summary>Forgets the leads that nobody has watched for a while.</summary>
    public void ForgetUnwatched()
    {
        var idleSince = _parts.Time.GetUtcNow() - _parts.Options.Linger;
        foreach (var (lead, entry) in _entries)
        {
            TryForget(lead, entry, idleSince);
        }
    }

    private Entry Hold(LeadId lead)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(lead, out var entry))
            {
                // Not part of the first watcher's request, whose trace and cancellation are not the feed's.
                using (ExecutionContext.SuppressFlow())
                {
                    entry = new Entry(Task.Run(() => OpenFeedAsync(lead)));
                }

                _entries[lead] = entry;
                _parts.Metrics.LeadAdded();
            }

            entry.Streams++;
            return entry;
        }
    }

    private async Task<LeadFeed?> OpenFeedAsync(LeadId lead)
    {
        var subscribed = _subscriptions.Value.SubscribeAsync(lead);
        if (_link.State.IsUp)
        {
            await Task.WhenAny(subscribed, Task.Delay(s_subscribeWait, _parts.Time, _parts.Stopping));
        }

        // Read after subscribing: what is published from here on comes as a message, what was published before is below this seq.
        return await _positions.FindAsync(lead) is { } seq ? new LeadFeed(lead, seq, _parts) : null;
    }

    /// <summary>Hands a passing frame to those who watch the lead here.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        if (_entries.TryGetValue(lead, out var entry) && entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
        {
            feed.Take(new FeedEvent(0, null, null, Block.Of(frame.Span)));
        }
    }

    /// <inheritdoc/>
    public LeadFeed? Take(LeadId lead, ReadOnlySpan<byte> bytes)
    {
        if (!_entries.TryGetValue(lead, out var entry))
        {
            return null;
        }

        if (!FeedEvent.TryDecode(bytes, out var message))
        {
            _parts.Metrics.Unreadable();
            LogUnreadable(lead);
            return null;
        }

        if (message.IsPassing)
        {
            Passed?.Invoke(lead, message.Block.Frames);
        }

        if (entry.Feed is { IsCompletedSuccessfully: true, Result: { } feed })
        {
            return feed.Take(message) ? feed : null;
        }

        // Between the subscription and the reading of the position: nobody watches yet.
        if (!message.IsPassing && !entry.Feed.IsCompleted)
        {
            _ = entry.Feed.ContinueWith(
                opening => opening.Result?.MustReach(message.Seq),
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

    private void Drop(LeadId lead, Entry entry)
    {
        lock (_gate)
        {
            entry.Streams--;
            Forget(lead, entry);
        }
    }

    private void TryForget(LeadId lead, Entry entry, DateTimeOffset idleSince)
    {
        lock (_gate)
        {
            if (entry.Streams == 0 && entry.LeftAt <= idleSince)
            {
                Forget(lead, entry);
            }
        }
    }

    // Under the gate that leads are added under as well: the end of an old subscription never takes a new one with it.
    private void Forget(LeadId lead, Entry entry)
    {
        if (_entries.TryRemove(KeyValuePair.Create(lead, entry)))
        {
            _subscriptions.Value.Unsubscribe(lead);
            _parts.Metrics.LeadRemoved();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A message on the channel of lead {Lead} is no event and was ignored")]
    private partial void LogUnreadable(LeadId lead);

    private sealed class Entry(Task<LeadFeed?> feed)
    {
        public Task<LeadFeed?> Feed { get; } = feed;

        public int Streams { get; set; }

        public DateTimeOffset LeftAt { get; set; }
    }
}
