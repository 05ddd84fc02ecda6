using System.Collections.Concurrent;
using System.Net;
using JackAutomotive.Contracts;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>
/// The Redis subscriptions of this instance, one for each watched lead. A few connections share the subscriptions, and each
/// connection has its own reading thread. Leads are distributed by hash or, in a Redis cluster, by the node that owns the lead's channel.
/// </summary>
internal sealed class LeadSubscriptions(
    IConnectionMultiplexer redis,
    IMessageSink sink,
    RedisLink link,
    BackgroundLoops loops,
    IOptions<RealtimeOptions> options,
    TimeProvider time,
    ILogger<LeadSubscriptions> logger) : BackgroundService
{
    private const int MaxMissedPulses = 3;

    private readonly ConfigurationOptions _settings = ConfigurationOptions.Parse(redis.Configuration);
    private readonly LeadChannelNames _channels = new(ConfigurationOptions.Parse(redis.Configuration).ChannelPrefix);
    private readonly ConcurrentDictionary<LeadId, RedisReader> _readersByLead = new();
    private readonly ConcurrentDictionary<EndPoint, RedisReader> _readersByNode = new();
    private readonly Lock _gate = new();
    private readonly List<RedisReader> _readers = [];
    private readonly BackgroundLoop _loop = loops.Create(
        "redis subscriptions", new BackgroundLoopLimits { Interval = options.Value.RedisPulse, IsEssential = false });

    private volatile bool _isCluster;
    private int _channelMoved;

    /// <summary>Subscribes to a lead's channel. The task completes when Redis confirms the subscription, which may never happen.</summary>
    public Task SubscribeAsync(LeadId lead)
    {
        lock (_gate)
        {
            return AssignReader(lead).SubscribeAsync(lead);
        }
    }

    /// <summary>Ends a lead's subscription.</summary>
    public void Unsubscribe(LeadId lead)
    {
        lock (_gate)
        {
            if (_readersByLead.TryRemove(lead, out var reader))
            {
                reader.Unsubscribe(lead);
            }
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Value.RedisConnections; i++)
        {
            StartReader(FindPrimary, isSharded: false);
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var reader in CopyReaders())
        {
            reader.Stop();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RedisPulse, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, CheckReadersAsync, stoppingToken);
    }

    private async Task CheckReadersAsync(CancellationToken cancellationToken)
    {
        // The readers are checked first, because the lookup of the cluster's nodes may fail.
        foreach (var reader in CopyReaders())
        {
            reader.CheckAlive(MaxMissedPulses * options.Value.RedisPulse);
        }

        if (Volatile.Read(ref _channelMoved) == 1)
        {
            Volatile.Write(ref _channelMoved, 0);
            try
            {
                await redis.ConfigureAsync();
                MoveSubscriptions();
            }
            catch
            {
                // The next round tries again.
                Volatile.Write(ref _channelMoved, 1);
                throw;
            }
        }
        else if (!_isCluster && redis.IsCluster())
        {
            _isCluster = true;
            MoveSubscriptions();
        }
    }

    private RedisReader AssignReader(LeadId lead)
    {
        var reader = FindReader(lead);
        _readersByLead[lead] = reader;
        return reader;
    }

    private RedisReader FindReader(LeadId lead)
    {
        if (_isCluster && FindNode(lead) is { } node)
        {
            return _readersByNode.GetOrAdd(node, endpoint => StartReader(() => endpoint, isSharded: true));
        }

        return _readers[(int)((uint)lead.GetHashCode() % options.Value.RedisConnections)];
    }

    // Returns the node that owns the lead's channel, or null while no connected server reports the cluster's slots.
    private EndPoint? FindNode(LeadId lead)
    {
        var connectedServer = redis.GetServers().FirstOrDefault(server => server.IsConnected);
        return connectedServer?.ClusterConfiguration?.GetBySlot(_channels.NameOf(lead))?.EndPoint;
    }

    // Moves each lead whose channel another node owns now, and subscribes again where the server has ended or not confirmed a subscription.
    // The sweep finds events that are published during the move.
    private void MoveSubscriptions()
    {
        lock (_gate)
        {
            foreach (var (lead, reader) in _readersByLead)
            {
                if (FindReader(lead) != reader || !reader.IsSubscribed(lead))
                {
                    reader.Unsubscribe(lead);
                    _ = AssignReader(lead).SubscribeAsync(lead);
                }
            }
        }
    }

    private RedisReader StartReader(Func<EndPoint?> findServer, bool isSharded)
    {
        var reader = new RedisReader(findServer, _settings, isSharded, sink, loops, time, logger);
        reader.Changed += UpdateLink;
        reader.Moved += () => Interlocked.Exchange(ref _channelMoved, 1);
        lock (_gate)
        {
            _readers.Add(reader);
        }

        reader.Start();
        return reader;
    }

    private void UpdateLink() => link.Update(Array.TrueForAll(CopyReaders(), reader => reader.IsUp));

    private RedisReader[] CopyReaders()
    {
        lock (_gate)
        {
            return [.. _readers];
        }
    }

    // Returns the primary that StackExchange.Redis has found, or the first configured server until the library has reached a primary.
    private EndPoint? FindPrimary() =>
        redis.GetServers().FirstOrDefault(server => server is { IsConnected: true, IsReplica: false })?.EndPoint
        ?? _settings.EndPoints.FirstOrDefault();
}
