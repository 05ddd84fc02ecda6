using StackExchange.Redis;

namespace JackAutomotive.Contracts;

/// <summary>Selects the Redis channels for the messages of leads.</summary>
public static class RedisChannels
{
    /// <summary>
    /// Returns the lead's channel. On a cluster it is a sharded channel, so that Redis does not send each message to every node (Redis 7,
    /// SPUBLISH). The publisher and the streams use the same server, so both choose the same kind of channel.
    /// </summary>
    public static RedisChannel LeadChannel(this IConnectionMultiplexer redis, LeadId lead) => redis.IsCluster()
        ? RedisChannel.Sharded(LeadMessage.ChannelName(lead))
        : RedisChannel.Literal(LeadMessage.ChannelName(lead));

    /// <summary>Returns true if the server is a cluster. Returns false before the first connection to the server.</summary>
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
