namespace JackAutomotive.Tests.Fixtures;

/// <summary>A Redis of a test's own, without data: redis-server or valkey-server from PATH, else the embedded one.</summary>
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
