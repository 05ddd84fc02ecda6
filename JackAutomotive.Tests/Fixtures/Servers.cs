using Aspire.Hosting;
using Aspire.Hosting.Testing;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

[assembly: AssemblyFixture(typeof(Servers))]

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// The Postgres and the Redis of one test run, started by the orchestrator as the AppHost starts them; or those that
/// <c>ConnectionStrings:crm</c> and <c>ConnectionStrings:redis</c> name. A class that needs a database takes one of its own from
/// <see cref="CreateDatabaseAsync"/>; Redis is shared, since channels are named after leads and those are never shared.
/// </summary>
public sealed class Servers : IAsyncLifetime
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);

    private IDistributedApplicationTestingBuilder? _builder;
    private DistributedApplication? _app;
    private string _postgres = "";

    /// <summary>StackExchange.Redis connection string.</summary>
    public string Redis { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ConnectionStrings__crm") is { Length: > 0 } postgres
            && Environment.GetEnvironmentVariable("ConnectionStrings__redis") is { Length: > 0 } redis)
        {
            (_postgres, Redis) = (postgres, redis);
            return;
        }

        using var limit = new CancellationTokenSource(s_startLimit);
        _builder = DistributedApplicationTestingBuilder.Create("--Logging:LogLevel:Default=Warning");
        _builder.AddPostgres("postgres");
        _builder.AddRedis("redis");
        _app = await _builder.BuildAsync(limit.Token);
        await _app.StartAsync(limit.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", limit.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("redis", limit.Token);
        _postgres = await _app.GetConnectionStringAsync("postgres", limit.Token) ?? throw new InvalidOperationException("Postgres has no address.");
        Redis = await _app.GetConnectionStringAsync("redis", limit.Token) ?? throw new InvalidOperationException("Redis has no address.");
    }

    /// <summary>Makes an empty database and returns its connection string.</summary>
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
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        if (_builder is not null)
        {
            await _builder.DisposeAsync();
        }
    }
}
