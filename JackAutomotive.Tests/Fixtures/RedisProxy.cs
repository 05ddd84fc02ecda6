using System.Net;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Creates a <see cref="TcpProxy"/> to a Redis server.</summary>
internal static class RedisProxy
{
    /// <summary>Returns the proxy and the connection string that uses the proxy.</summary>
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
