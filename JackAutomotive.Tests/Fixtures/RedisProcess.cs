namespace JackAutomotive.Tests.Fixtures;

/// <summary>An empty Redis server for one test: redis-server or valkey-server from PATH, else the embedded Redis.</summary>
internal sealed class RedisProcess : ServerProcess
{
    /// <summary>StackExchange.Redis connection string.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    protected override (string Script, string[] Arguments, Dictionary<string, string> Environment) Command =>
        (LocalServers.RedisScript, [$"{Port}", LocalServers.EmbeddedRedis, "memory"], []);

    public static async Task<RedisProcess> RunAsync()
    {
        var redis = new RedisProcess();
        await redis.StartAsync();
        return redis;
    }
}
