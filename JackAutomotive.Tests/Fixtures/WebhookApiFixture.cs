using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// A database and instances of the WebhookApi service, for the tests of one class. The clock stands still until a test advances it.
/// </summary>
public sealed class WebhookApiFixture(Servers servers) : IAsyncLifetime
{
    internal FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal string DatabaseConnection { get; private set; } = "";

    internal string RedisConnection => servers.Redis;

    /// <summary>The folder in which all instances store their objects.</summary>
    internal DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("jack-test-");

    /// <summary>
    /// The instance that most tests share. The instance runs no worker: <see cref="WebhookApiInstance.DrainAsync"/> handles deliveries.
    /// </summary>
    internal WebhookApiInstance Instance { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        DatabaseConnection = await servers.CreateDatabaseAsync();
        Database = NpgsqlDataSource.Create(DatabaseConnection);
        Instance = Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Instance.DisposeAsync();
        await Database.DisposeAsync();
        Data.Delete(recursive: true);
    }

    /// <summary>Starts another instance on the same database.</summary>
    internal WebhookApiInstance Start(params (string Name, string? Value)[] settings) => Start(_ => { }, settings);

    internal WebhookApiInstance Start(Action<WebhookApiInstance> configure, params (string Name, string? Value)[] settings) =>
        WebhookApiInstance.Start(configure, Time,
        [
            ("ConnectionStrings:crm", DatabaseConnection),
            ("ConnectionStrings:redis", RedisConnection),
            ("JACK_DATA_FOLDER", Data.FullName),
            .. settings,
        ]);

    internal async Task<T> ReadAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var command = Command(sql, []);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    internal Task<long> CountAsync(string sql, params object[] values) => ReadAsync<long>($"SELECT count(*) FROM {sql}", values);

    internal async Task<List<T>> ListAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync();
        var all = new List<T>();
        while (await rows.ReadAsync())
        {
            all.Add(await rows.GetFieldValueAsync<T>(0));
        }

        return all;
    }

    /// <summary>Returns the types of the events of a lead in log order. Fails if the log has a gap.</summary>
    internal async Task<List<string>> ReadEventTypesAsync(string phone)
    {
        const string From = "FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 ORDER BY seq";
        var seqs = await ListAsync<long>($"SELECT seq {From}", phone);
        Assert.Equal(Enumerable.Range(1, seqs.Count).Select(seq => (long)seq), seqs);
        return await ListAsync<string>($"SELECT type {From}", phone);
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
