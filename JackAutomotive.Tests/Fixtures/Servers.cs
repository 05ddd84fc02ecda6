using JackAutomotive.Tests.Fixtures;
using Npgsql;

[assembly: AssemblyFixture(typeof(Servers))]

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// The Postgres and the Redis of one test run, started by the AppHost's scripts; or the servers that <c>ConnectionStrings:crm</c> and
/// <c>ConnectionStrings:redis</c> name. A class that needs a database takes one of its own from <see cref="CreateDatabaseAsync"/>.
/// Redis is shared, because channels are named after leads and no two classes share a lead.
/// </summary>
public sealed class Servers : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];

    private string _postgres = "";

    /// <summary>StackExchange.Redis connection string.</summary>
    public string Redis { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ConnectionStrings__crm") is { Length: > 0 } givenPostgres
            && Environment.GetEnvironmentVariable("ConnectionStrings__redis") is { Length: > 0 } givenRedis)
        {
            (_postgres, Redis) = (givenPostgres, givenRedis);
            return;
        }

        var postgres = new PostgresProcess();
        var redis = new RedisProcess();
        _started.AddRange([postgres, redis]);
        await Task.WhenAll(postgres.StartAsync(), redis.StartAsync());
        (_postgres, Redis) = (postgres.ConnectionString, redis.ConnectionString);
    }

    /// <summary>Creates an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var dataSource = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_postgres) { Database = "postgres" });
        await using var command = dataSource.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(_postgres) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _started)
        {
            await server.DisposeAsync();
        }
    }
}
