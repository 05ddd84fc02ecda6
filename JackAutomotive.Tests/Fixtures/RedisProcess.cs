namespace JackAutomotive.Tests.Fixtures;

/// <summary>A Redis of a test's own, without data: redis-server or valkey-server from PATH, else the embedded one.</summary>
internal sealed class RedisProcess : ServerProcess
{
    /// <summary>StackExchange.Redis connection string.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    protected override (string Script, string[] Arguments, Dictionary<string, string> Environment) Command =>
        ("eng/local-server.sh", ["redis", $"{Port}", EmbeddedServer, "memory"], []);

    // Built with the solution, and so beside the tests.
    private static string EmbeddedServer
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "Aspire.Hosting.Redis.Garnet", here.Name, "local-garnet.dll");
        }
    }

    public static async Task<RedisProcess> RunAsync()
    {
        var redis = new RedisProcess();
        await redis.StartAsync();
        return redis;
    }
}
