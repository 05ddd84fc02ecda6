using JackAutomotive.Tests.Fixtures;
using Npgsql;

[assembly: AssemblyFixture(typeof(Servers))]

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// The Postgres and the Redis of one test run. A class that needs a database takes one of its own from
/// <see cref="CreateDatabaseAsync"/>; Redis is shared, since channels are named after leads and those are never shared.
/// </summary>
public sealed class Servers : IAsyncLifetime
{
    private string _postgres = "";

    /// <summary>StackExchange.Redis connection string.</summary>
    public string Redis { get; private set; } = "";

    public ValueTask InitializeAsync()
    {
        _postgres = Environment.GetEnvironmentVariable("ConnectionStrings__crm") ?? throw new InvalidOperationException("no Postgres");
        Redis = Environment.GetEnvironmentVariable("ConnectionStrings__redis") ?? throw new InvalidOperationException("no Redis");
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var dataSource = NpgsqlDataSource.Create(_postgres);
        await using var command = dataSource.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(_postgres) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
