using System.Collections.Concurrent;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// The leads that this instance watches: one feed and one Redis subscription each, counted by their streams, kept a little while
/// after the last stream has ended.
/// </summary>
internal sealed class LeadFeeds
{
    // How long a new stream waits for Redis to confirm. What is published meanwhile is found by the comparison that follows.
    private static readonly TimeSpan s_subscribeWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_openWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LeadId, Entry> _entries = new();
    private readonly Lock _gate = new();
    private readonly RedisChannels _channels;
    private readonly RedisLink _link;
    private readonly LeadFeedParts _parts;

    public LeadFeeds(
        RedisChannels channels,
        RedisLink link,
        LeadLog log,
        IOptions<RealtimeOptions> options,
        RealtimeMetrics metrics,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<LeadFeed> logger)
    {
        _channels = channels;
        _link = link;
        _parts = new LeadFeedParts(log, options.Value, metrics, time, logger, lifetime.ApplicationStopping);
        channels.DeliverTo(Accept);
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

    /// <summary>Forgets the leads that nobody has watched for a while.</summary>
    public async Task ForgetUnwatchedAsync()
    {
        var idleSince = _parts.Time.GetUtcNow() - _parts.Options.Linger;
        foreach (var (lead, entry) in _entries)
        {
            if (TryForget(lead, entry, idleSince))
            {
                await _channels.UnsubscribeAsync(lead, _entries.ContainsKey);
            }
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
        using var untraced = SuppressInstrumentationScope.Begin();
        if (await _parts.Log.FindSeqAsync(lead, _parts.Stopping) is null)
        {
            return null;
        }

        var subscribed = _channels.SubscribeAsync(lead);
        var wait = _link.State.IsUp ? s_subscribeWait : TimeSpan.Zero;
        await Task.WhenAny(subscribed, Task.Delay(wait, _parts.Time, _parts.Stopping));

        // Read after subscribing: what is published from here on comes as a message, what was published before is below this seq.
        return await _parts.Log.FindSeqAsync(lead, _parts.Stopping) is { } seq ? new LeadFeed(lead, seq, _parts) : null;
    }

    /// <summary>Hands a passing frame to those who watch the lead here.</summary>
    public void Pass(LeadId lead, LeadMessage message) => Accept(lead, message);

    private void Accept(LeadId lead, LeadMessage message)
    {
        if (message.IsPassing)
        {
            Passed?.Invoke(lead, message.Frame);
        }

        if (!_entries.TryGetValue(lead, out var entry))
        {
            return;
        }

        if (entry.Feed is { IsCompleted: true } opened)
        {
            if (opened is { IsCompletedSuccessfully: true, Result: { } feed })
            {
                feed.Accept(message);
            }

            return;
        }

        // Between the subscription and the reading of the position: nobody watches yet.
        if (message.IsPassing)
        {
            return;
        }

        _ = entry.Feed.ContinueWith(
            opening => opening.Result?.Accept(message),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
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
            if (_entries.TryRemove(KeyValuePair.Create(lead, entry)))
            {
                _parts.Metrics.LeadRemoved();
            }
        }

        _ = _channels.UnsubscribeAsync(lead, _entries.ContainsKey);
    }

    private bool TryForget(LeadId lead, Entry entry, DateTimeOffset idleSince)
    {
        lock (_gate)
        {
            var forget = entry.Streams == 0 && entry.LeftAt <= idleSince && _entries.TryRemove(KeyValuePair.Create(lead, entry));
            if (forget)
            {
                _parts.Metrics.LeadRemoved();
            }

            return forget;
        }
    }

    private sealed class Entry(Task<LeadFeed?> feed)
    {
        public Task<LeadFeed?> Feed { get; } = feed;

        public int Streams { get; set; }

        public DateTimeOffset LeftAt { get; set; }
    }
}
