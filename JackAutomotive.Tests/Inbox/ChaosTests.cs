using System.Collections.Concurrent;
using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Inbox;

/// <summary>
/// Postgres cancels, terminates, refuses and times out whatever the service does, while texts arrive. Nothing that was answered 200 is lost,
/// parked, set aside or left behind, <c>/health</c> tells the truth, and nobody restarts anything.
/// </summary>
public sealed class ChaosTests(Servers servers) : IAsyncLifetime
{
    private const int Seed = 20261128;
    private const int Rounds = 14;
    private const string Password = "right";

    private static readonly TimeSpan s_faultTime = TimeSpan.FromMilliseconds(250);

    private readonly Random _random = new(Seed);
    private readonly ConcurrentQueue<string> _acknowledged = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("jack-chaos-");
    private readonly string _role = $"chaos_{Guid.NewGuid():N}";
    private NpgsqlDataSource _admin = null!;
    private TcpProxy _proxy = null!;
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // The administrator's own sessions are exempt from the faults that are settings of the database.
        var connection = new NpgsqlConnectionStringBuilder(await servers.CreateDatabaseAsync(Cancellation))
        {
            Options = "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0",
        };
        _admin = NpgsqlDataSource.Create(connection.ConnectionString);
        _proxy = new TcpProxy(connection.Host!, connection.Port);
        _database = connection.Database!;
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN PASSWORD '{Password}'", $"ALTER DATABASE {_database} OWNER TO {_role}");
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + _role + "'");
        await ExecuteAsync($"REASSIGN OWNED BY {_role} TO CURRENT_USER", $"DROP OWNED BY {_role}", $"DROP ROLE {_role}");
        await _admin.DisposeAsync();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_set_aside_whatever_Postgres_refuses()
    {
        await using var api = Start();
        await PrepareFaultsAsync();
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 4).Select(_ => SendAsync(api, stop.Token)).ToArray();

        (string Name, Func<Task> Run)[] faults =
        [
            ("cancelled queries", CancelQueriesAsync),
            ("terminated connections", TerminateAsync),
            ("read-only database", () => WithDatabaseSettingAsync("default_transaction_read_only", "on")),
            ("statement timeout", () => WithDatabaseSettingAsync("statement_timeout", "'1ms'")),
            ("lock timeout", LockTablesAsync),
            ("connection limit", () => WithRoleAsync("CONNECTION LIMIT 0", "CONNECTION LIMIT -1")),
            ("changed password", () => WithRoleAsync("PASSWORD 'other'", $"PASSWORD '{Password}'")),
            ("connection resets", ResetAsync),
            ("deadlock", () => WithErrorAsync("40P01")),
            ("lock not available", () => WithErrorAsync("55P03")),
            ("cancelled statement", () => WithErrorAsync("57014")),
            ("full disk", () => WithErrorAsync("53100")),
            ("internal error", () => WithErrorAsync("XX000")),
            ("unknown error", () => WithErrorAsync("ZZ999")),
        ];
        _random.Shuffle(faults);
        foreach (var (name, run) in faults.Take(Rounds))
        {
            TestContext.Current.SendDiagnosticMessage("chaos: {0}", name);
            await run();
            await WaitForMoreAcknowledgementsAsync(5);
        }

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await AssertEverythingIsDoneAsync(api);
    }

    [Theory]
    [InlineData("default_transaction_read_only", "on", "25006")]
    [InlineData("statement_timeout", "'1ms'", "57014")]
    public async Task Health_is_unready_while_the_worker_cannot_work_and_ready_again_afterwards(string setting, string value, string sqlState)
    {
        await using var api = Start();
        await api.Sms.Text().DeliverAsync(api.Client);
        await Wait.UntilAsync(async () => (await ReadHealthAsync(api)).Status == HttpStatusCode.OK, "a ready service");

        await ExecuteAsync($"ALTER DATABASE {_database} SET {setting} = {value}");
        await TerminateAsync();
        var text = IncomingSmsDriver.NewSid();
        await api.Sms.Text(text, sid: text).DeliverAsync(api.Client);
        await Wait.UntilAsync(
            async () => await ReadHealthAsync(api) is (HttpStatusCode.ServiceUnavailable, var report)
                && report.Contains("inbox worker", StringComparison.Ordinal)
                && report.Contains(sqlState, StringComparison.Ordinal),
            "an unready service that names its worker");
        await Wait.UntilAsync(() => api.Logs.Entries.Any(entry => IsAlert(entry, "BackgroundLoopUnhealthy")), "the alert");

        await ExecuteAsync($"ALTER DATABASE {_database} RESET {setting}");
        await TerminateAsync();
        await Wait.UntilAsync(async () => (await ReadHealthAsync(api)).Status == HttpStatusCode.OK, "a ready service");
        await Wait.UntilAsync(() => api.Logs.Entries.Any(entry => IsAlert(entry, "BackgroundLoopHealthy")), "the end of the alert");
        _acknowledged.Enqueue(text);
        await AssertEverythingIsDoneAsync(api);
        Assert.True(api.ReadCounter("loop.failures", "loop=inbox worker") > 1);
    }

    private WebhookApiInstance Start()
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = _proxy.Port,
            Username = _role,
            Password = Password,
            Database = _database,
            MaxPoolSize = 20,
        };
        return WebhookApiInstance.Start(
            _ => { },
            TimeProvider.System,
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("ConnectionStrings:redis", servers.Redis),
            ("JACK_DATA_FOLDER", _data.FullName),
            ("Inbox:ProcessDeliveries", "true"),
            ("Inbox:AcceptPatience", "00:00:00.2"),
            ("Inbox:PollInterval", "00:00:00.2"),
            ("Inbox:Lease", "00:00:03"),
            ("Inbox:FirstRetryDelay", "00:00:00.1"),
            ("Inbox:MaxRetryDelay", "00:00:01"),
            ("Conversations:SweepInterval", "00:00:01"),
            ("Events:RelayInterval", "00:00:00.2"));
    }

    // Each text has its own sender or shares one with others, so that the order of a sender is at stake too.
    private async Task SendAsync(WebhookApiInstance api, CancellationToken stop)
    {
        string[] froms = [.. Enumerable.Range(0, 8).Select(_ => IncomingSmsDriver.NewNumber())];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var sid = IncomingSmsDriver.NewSid();
            using var answer = await api.Sms.Text(sid, froms[i % froms.Length], sid).SendAsync(api.Client);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                _acknowledged.Enqueue(sid);
            }
            else
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            }

            // The pace of the traffic.
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task PrepareFaultsAsync() => await ExecuteAsync(
        "CREATE TABLE chaos (sql_state text)",
        "GRANT SELECT ON chaos TO PUBLIC",
        """
        CREATE FUNCTION fail_at_random() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE state text := (SELECT max(sql_state) FROM chaos);
        BEGIN
            IF state IS NOT NULL AND random() < 0.7 THEN
                RAISE EXCEPTION 'chaos' USING ERRCODE = state;
            END IF;
            RETURN NULL;
        END $$
        """,
        "CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON inbox FOR EACH STATEMENT EXECUTE FUNCTION fail_at_random()",
        "CREATE TRIGGER chaos AFTER INSERT OR DELETE ON outbox_transactions FOR EACH STATEMENT EXECUTE FUNCTION fail_at_random()",
        "CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON leads FOR EACH STATEMENT EXECUTE FUNCTION fail_at_random()",
        "CREATE TRIGGER chaos AFTER INSERT ON messages FOR EACH STATEMENT EXECUTE FUNCTION fail_at_random()");

    private Task CancelQueriesAsync() => ForAWhileAsync(() =>
        ExecuteAsync($"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '{_role}'"));

    private Task TerminateAsync() =>
        ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{_role}'");

    private async Task WithDatabaseSettingAsync(string setting, string value)
    {
        await ExecuteAsync($"ALTER DATABASE {_database} SET {setting} = {value}");
        await ForAWhileAsync(TerminateAsync);
        await ExecuteAsync($"ALTER DATABASE {_database} RESET {setting}");
        await TerminateAsync();
    }

    private async Task WithRoleAsync(string change, string undo)
    {
        await ExecuteAsync($"ALTER ROLE {_role} {change}");
        await ForAWhileAsync(TerminateAsync);
        await ExecuteAsync($"ALTER ROLE {_role} {undo}");
    }

    private async Task WithErrorAsync(string sqlState)
    {
        await ExecuteAsync($"INSERT INTO chaos VALUES ('{sqlState}')");
        await ForAWhileAsync(() => Task.CompletedTask);
        await ExecuteAsync("DELETE FROM chaos");
    }

    private async Task LockTablesAsync()
    {
        await ExecuteAsync($"ALTER DATABASE {_database} SET lock_timeout = '1ms'");
        await TerminateAsync();
        await using (var connection = await _admin.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using var command = new NpgsqlCommand("LOCK TABLE inbox, outbox_transactions, leads IN ACCESS EXCLUSIVE MODE", connection);
            await command.ExecuteNonQueryAsync(Cancellation);
            await ForAWhileAsync(() => Task.CompletedTask);
        }

        await ExecuteAsync($"ALTER DATABASE {_database} RESET lock_timeout");
        await TerminateAsync();
    }

    private async Task ResetAsync()
    {
        await ForAWhileAsync(() =>
        {
            _proxy.Cut();
            _proxy.Restore();
            return Task.CompletedTask;
        });
    }

    // A fault has a length, which is no wait for a condition.
    private static async Task ForAWhileAsync(Func<Task> again)
    {
        for (var step = 0; step < 5; step++)
        {
            await again();
            await Task.Delay(s_faultTime / 5, Cancellation);
        }
    }

    private Task WaitForMoreAcknowledgementsAsync(int count)
    {
        var before = _acknowledged.Count;
        return Wait.UntilAsync(() => _acknowledged.Count >= before + count, "more acknowledged texts");
    }

    private async Task AssertEverythingIsDoneAsync(WebhookApiInstance api)
    {
        string[] acknowledged = [.. _acknowledged];
        await Wait.UntilAsync(
            async () => await ReadAsync<long>("SELECT count(*) FROM messages WHERE body = ANY ($1)", (object)acknowledged) == acknowledged.Length
                && await ReadAsync<long>("SELECT count(*) FROM inbox WHERE state = 'pending'") == 0
                && await ReadAsync<long>("SELECT count(*) FROM outbox_transactions") == 0,
            "every acknowledged text to be handled and its events to be published");
        Assert.Equal(0, await ReadAsync<long>("SELECT count(*) FROM inbox WHERE state = 'parked'"));
        Assert.Equal(0, await ReadAsync<long>("SELECT count(*) - count(DISTINCT body) FROM messages"));
        Assert.Equal(0, await ReadAsync<long>("SELECT count(*) FROM inbox WHERE behind"));
        Assert.Empty(_data.EnumerateFiles("*.kept", SearchOption.AllDirectories));
        await Wait.UntilAsync(async () => (await ReadHealthAsync(api)).Status == HttpStatusCode.OK, "a ready service");
    }

    private static bool IsAlert(string entry, string eventName) =>
        entry.EndsWith(eventName, StringComparison.Ordinal) && entry.Contains("inbox worker", StringComparison.Ordinal);

    private static async Task<(HttpStatusCode Status, string Report)> ReadHealthAsync(WebhookApiInstance api)
    {
        using var answer = await api.Client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<T> ReadAsync<T>(string sql, params object[] values)
    {
        await using var command = _admin.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        await using var connection = await _admin.OpenConnectionAsync(CancellationToken.None);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
