using System.Diagnostics;
using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// A database with the product's tables and an API key, methods that append events to the log of a lead and publish them, and instances
/// of the Realtime service, each on its own port.
/// </summary>
public sealed class RealtimeFixture : IAsyncLifetime
{
    /// <summary>An API key with the scope <c>read</c>.</summary>
    public const string Key = "test-key-that-may-read";

    /// <summary>The secret that signs stream tokens.</summary>
    public const string TokenSecret = "a-secret-of-streams-for-tests-only";

    /// <summary>Adds an event ($2 to $5: type, time, data, trace) to the log of lead $1 and returns its seq.</summary>
    internal const string AppendSql =
        """
        WITH lead AS (UPDATE leads SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq)
        INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent)
        SELECT $1, last_seq, $2, $3, $4::json, $5 FROM lead
        RETURNING seq
        """;

    private const string AppendManySql =
        """
        WITH lead AS (UPDATE leads SET last_seq = last_seq + $2 WHERE id = $1 RETURNING last_seq - $2 AS last_seq)
        INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent)
        SELECT $1, e.seq + i, type, occurred_at, data, trace_parent
        FROM lead JOIN lead_events AS e ON e.lead_id = $1 AND e.seq = lead.last_seq, generate_series(1, $2) AS i
        """;

    private readonly Func<Task<string>> _createDatabase;
    private ConnectionMultiplexer _redis = null!;

    public RealtimeFixture(Servers servers)
        : this(() => servers.CreateDatabaseAsync(), servers.Redis)
    {
    }

    /// <param name="createDatabase">Creates an empty database and returns its connection string.</param>
    /// <param name="redis">StackExchange.Redis connection string.</param>
    internal RealtimeFixture(Func<Task<string>> createDatabase, string redis) => (_createDatabase, RedisConnection) = (createDatabase, redis);

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal string DatabaseConnection { get; private set; } = "";

    internal string RedisConnection { get; }

    public async ValueTask InitializeAsync()
    {
        DatabaseConnection = await _createDatabase();
        Database = NpgsqlDataSource.Create(DatabaseConnection);
        _redis = await ConnectionMultiplexer.ConnectAsync(RedisConnection);

        foreach (var migration in Migration.ReadEmbedded())
        {
            await ExecuteAsync(migration.Sql);
        }

        await AddKeyAsync(Key, "read");
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _redis.DisposeAsync();
    }

    /// <summary>Starts an instance of the service. The settings belong to its section <c>Realtime</c>.</summary>
    internal Task<RealtimeInstance> StartInstanceAsync(params (string Name, string Value)[] settings) =>
        RealtimeInstance.StartAsync(DatabaseConnection, RedisConnection, settings);

    /// <summary>Starts an instance with replaced services, without waiting for its Redis connection.</summary>
    internal RealtimeInstance StartInstance(Action<IServiceCollection> services, params (string Name, string Value)[] settings) =>
        RealtimeInstance.StartWithoutRedis(DatabaseConnection, RedisConnection, services, settings);

    /// <summary>
    /// Starts an instance whose settings are invalid, and returns the log entry that an operator reads. The exception of the test host sometimes
    /// says only that the program ended.
    /// </summary>
    internal string StartAndFail(params (string Name, string Value)[] settings)
    {
        var logs = new LogCollector();
        Assert.ThrowsAny<Exception>(() => StartInstance(services => services.AddLogging(logging => logging.AddProvider(logs)), settings));
        var failure = Assert.Single(logs.Entries, entry => entry.StartsWith("Error Microsoft.Extensions.Hosting", StringComparison.Ordinal));
        Assert.Contains(nameof(OptionsValidationException), failure, StringComparison.Ordinal);
        return failure;
    }

    internal Task AddKeyAsync(string key, params string[] scopes) => AddNamedKeyAsync(key, "test", scopes);

    internal Task AddNamedKeyAsync(string key, string name, params string[] scopes) => ExecuteAsync(
        "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, $2, $3, now())", ApiKey.HashOf(key), name, scopes);

    /// <summary>Adds an API key with the scope <c>read</c> for a named owner, and returns the key.</summary>
    internal async Task<string> AddNamedReadKeyAsync(string name)
    {
        var key = $"key-of-{name}-{Guid.NewGuid():N}";
        await AddNamedKeyAsync(key, name, "read");
        return key;
    }

    /// <summary>The test's own connection to Redis.</summary>
    internal IConnectionMultiplexer Redis => _redis;

    internal async Task<LeadId> AddLeadAsync()
    {
        var lead = LeadId.New(TimeProvider.System);
        await ExecuteAsync("INSERT INTO leads (id, created_at, updated_at) VALUES ($1, now(), now())", lead.Value);
        return lead;
    }

    internal async Task<LeadId[]> AddLeadsAsync(int count)
    {
        var leads = Enumerable.Range(0, count).Select(_ => LeadId.New(TimeProvider.System)).ToArray();
        await ExecuteAsync(
            "INSERT INTO leads (id, created_at, updated_at) SELECT id, now(), now() FROM unnest($1) AS id",
            leads.Select(lead => lead.Value).ToArray());
        return leads;
    }

    /// <summary>Adds an event to a lead's log, as a handler's transaction does, without publishing it.</summary>
    internal async Task<LeadEvent> AppendAsync(LeadId lead, string data = "{}", string? traceParent = null, string type = LeadEventTypes.SmsReceived)
    {
        var now = DateTimeOffset.UtcNow;
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));

        await using var command = Database.CreateCommand(AppendSql);
        foreach (var value in new object?[] { lead.Value, type, now, data, traceParent })
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        var seq = (long)(await command.ExecuteScalarAsync() ?? throw new UnreachableException("no such lead"));
        return new LeadEvent(lead, seq, type, now, data, traceParent);
    }

    /// <summary>Adds many events to a lead's log at once, without publishing them.</summary>
    internal async Task<LeadEvent[]> AppendManyAsync(LeadId lead, int count, string data = "{}")
    {
        var last = await AppendAsync(lead, data);
        await ExecuteAsync(AppendManySql, lead.Value, count - 1);
        return [.. Enumerable.Range(0, count).Select(i => last with { Seq = last.Seq + i })];
    }

    internal async Task PublishAsync(LeadEvent e)
    {
        await PublishAsync(e.LeadId, LeadMessage.Encode(e.TraceParent, e.OccurredAt, e.Seq, LeadEventFrame.Encode(e)));
        await PublishHintAsync();
    }

    /// <summary>Publishes the hint that the log of all leads has grown.</summary>
    internal Task PublishHintAsync() => _redis.GetSubscriber().PublishAsync(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.Hint);

    /// <summary>Publishes a passing frame to the watchers of the lead and to the streams of many leads.</summary>
    internal async Task PublishPassingAsync(LeadId lead, byte[] frame)
    {
        var message = LeadMessage.EncodePassing(null, DateTimeOffset.UtcNow, frame);
        await PublishAsync(lead, message);
        await _redis.GetSubscriber().PublishAsync(
            RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.EncodePassing(lead, message));
    }

    internal Task PublishAsync(LeadId lead, byte[] message) =>
        _redis.GetSubscriber().PublishAsync(RedisChannel.Literal(LeadMessage.ChannelName(lead)), message);

    /// <summary>Adds an event and publishes it.</summary>
    internal async Task<LeadEvent> RaiseAsync(
        LeadId lead,
        string data = "{}",
        string? traceParent = null,
        string type = LeadEventTypes.SmsReceived)
    {
        var e = await AppendAsync(lead, data, traceParent, type);
        await PublishAsync(e);
        return e;
    }

    /// <summary>The number of instances, across all tests, that subscribe to the messages of this lead.</summary>
    internal long Subscribers(LeadId lead) =>
        _redis.GetServers()[0].SubscriptionSubscriberCount(RedisChannel.Literal(LeadMessage.ChannelName(lead)));

    internal async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
