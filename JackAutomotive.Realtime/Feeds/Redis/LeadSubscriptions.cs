using System.Collections.Concurrent;
using System.Net;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Redis;

/// <summary>
/// The Redis subscriptions of this instance, one for each watched lead, over a few connections with a reading thread each: leads are
/// spread over them by their hash, or, if the server is a cluster, by the node that owns the lead's channel.
/// </summary>
internal sealed class LeadSubscriptions(
    IConnectionMultiplexer redis,
    IMessageSink sink,
    RedisLink link,
    IOptions<RealtimeOptions> options,
    TimeProvider time,
    ILogger<LeadSubscriptions> logger) : BackgroundService
{
    private const int MissedPulses = 3;

    private readonly ConfigurationOptions _settings = ConfigurationOptions.Parse(redis.Configuration);
    private readonly ConcurrentDictionary<LeadId, RedisReader> _homes = new();
    private readonly ConcurrentDictionary<EndPoint, RedisReader> _nodes = new();
    private readonly Lock _gate = new();
    private readonly List<RedisReader> _readers = [];
    private volatile bool _isCluster;
    private int _hasMoved;

    /// <summary>Subscribes to a lead's channel. Completes when Redis has confirmed it, which it may never do.</summary>
    public Task SubscribeAsync(LeadId lead)
    {
        lock (_gate)
        {
            return (_homes[lead] = FindHome(lead)).SubscribeAsync(lead);
        }
    }

    /// <summary>Ends a lead's subscription.</summary>
    public void Unsubscribe(LeadId lead)
    {
        lock (_gate)
        {
            if (_homes.TryRemove(lead, out var home))
            {
                home.Unsubscribe(lead);
            }
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Value.RedisConnections; i++)
        {
            Add(FindServer, isSharded: false);
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var reader in Readers())
        {
            reader.Stop();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RedisPulse, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Interlocked.Exchange(ref _hasMoved, 0) == 1)
            {
                await redis.ConfigureAsync();
                MoveAll();
            }
            else if (!_isCluster && redis.IsCluster())
            {
                _isCluster = true;
                MoveAll();
            }

            foreach (var reader in Readers())
            {
                reader.CheckAlive(MissedPulses * options.Value.RedisPulse);
            }
        }
    }

    private RedisReader FindHome(LeadId lead)
    {
        if (_isCluster && redis.GetServers().FirstOrDefault(server => server.IsConnected)?.ClusterConfiguration is { } cluster
            && cluster.GetBySlot(LeadMessage.ChannelOf(lead))?.EndPoint is { } node)
        {
            return _nodes.GetOrAdd(node, node => Add(() => node, isSharded: true));
        }

        return _readers[(int)((uint)lead.GetHashCode() % options.Value.RedisConnections)];
    }

    // Each lead to the node that owns it now. What is published meanwhile is found by the sweep.
    private void MoveAll()
    {
        lock (_gate)
        {
            foreach (var (lead, home) in _homes)
            {
                home.Unsubscribe(lead);
                _ = (_homes[lead] = FindHome(lead)).SubscribeAsync(lead);
            }
        }
    }

    private RedisReader Add(Func<EndPoint?> findServer, bool isSharded)
    {
        var reader = new RedisReader(findServer, _settings, isSharded, sink, time, logger);
        reader.Changed += Report;
        reader.Moved += () => Interlocked.Exchange(ref _hasMoved, 1);
        lock (_gate)
        {
            _readers.Add(reader);
        }

        reader.Start();
        return reader;
    }

    private void Report() => link.Set(Array.TrueForAll(Readers(), reader => reader.IsUp));

    private RedisReader[] Readers()
    {
        lock (_gate)
        {
            return [.. _readers];
        }
    }

    // The library knows which of several servers is the primary; until it has reached one, the first that is configured has to do.
    private EndPoint? FindServer() =>
        redis.GetServers().FirstOrDefault(server => server is { IsConnected: true, IsReplica: false })?.EndPoint ?? _settings.EndPoints.FirstOrDefault();
}
