using JackAutomotive.AppHost;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>The scripts that the AppHost, the benchmarks and these tests start servers with, as paths from the checkout's root.</summary>
internal static class LocalServers
{
    public const string PostgresScript = "JackAutomotive.AppHost/LocalServers/local-postgres.sh";
    public const string RedisScript = "JackAutomotive.AppHost/LocalServers/local-redis.sh";

    /// <summary>The program of the embedded Redis server.</summary>
    public static string EmbeddedRedis => BuildOutput.ProgramOf("JackAutomotive.EmbeddedRedis");
}
