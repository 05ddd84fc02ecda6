using StackExchange.Redis;

namespace JackAutomotive.Contract;

/// <summary>The Redis channels that leads' messages go through.</summary>
internal static class RedisChannels
{
    /// <summary>
    /// The lead's channel: a sharded one if the server is a cluster, so that a message goes to the node that owns it and to no other
    /// (Redis 7, SPUBLISH). The publisher and the streams ask the same server and so agree.
    /// </summary>
    public static RedisChannel LeadChannel(this IConnectionMultiplexer redis, LeadId lead) => redis.IsCluster()
        ? RedisChannel.Sharded(LeadMessage.ChannelOf(lead))
        : RedisChannel.Literal(LeadMessage.ChannelOf(lead));

    /// <summary>Whether the server is a cluster, as far as it was reached yet.</summary>
    public static bool IsCluster(this IConnectionMultiplexer redis)
    {
        foreach (var server in redis.GetServers())
        {
            if (server.ServerType == ServerType.Cluster)
            {
                return true;
            }
        }

        return false;
    }
}
