using System.Net;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A <see cref="TcpProxy"/> to a Redis.</summary>
internal static class RedisProxy
{
    /// <summary>The proxy, and the connection string that leads through it.</summary>
    public static (TcpProxy Proxy, string Connection) To(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);
        var proxy = options.EndPoints[0] switch
        {
            IPEndPoint address => new TcpProxy(address.Address.ToString(), address.Port),
            DnsEndPoint name => new TcpProxy(name.Host, name.Port),
            var other => throw new NotSupportedException($"{other}"),
        };
        options.EndPoints.Clear();
        options.EndPoints.Add($"127.0.0.1:{proxy.Port}");
        options.ReconnectRetryPolicy = new LinearRetry(100);
        return (proxy, options.ToString(includePassword: true));
    }
}
