using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Inbox.Spool;

/// <summary>Whatever Postgres answers to the INSERT, a delivery is answered 200 and reaches the inbox, unless Postgres blames its row.</summary>
public sealed class AcceptanceTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);

    private DirectoryInfo Folder => new(_fixture.Instance.Services.GetRequiredService<DataFolders>().Spool);

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [InlineData("57014")] // A cancelled query or a statement timeout.
    [InlineData("57P01")] // The administrator ends the connection.
    [InlineData("25006")] // The database is read-only.
    [InlineData("53300")] // Too many connections.
    [InlineData("53100")] // The disk of the server is full.
    [InlineData("28P01")] // The password is wrong.
    [InlineData("40P01")] // A deadlock.
    [InlineData("40001")] // A failed serialization.
    [InlineData("55P03")] // A lock timeout.
    [InlineData("42501")] // A missing right.
    [InlineData("42P01")] // A missing table.
    [InlineData("XX000")] // An internal error.
    [InlineData("P0001")] // An error of a trigger.
    [InlineData("0A000")] // An unsupported feature.
    public async Task A_delivery_waits_in_the_spool_after_any_error_that_does_not_blame_its_row(string sqlState)
    {
        await using var api = StartImpatient();
        await RefuseAsync(sqlState);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => api.Sms.Text().SendAsync(api.Client)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(5, api.ReadCounter("webhook.spooled"));
        var report = await ReadHealthAsync(api);
        Assert.Equal("Degraded", (string?)report["checks"]!["spool"]!["status"]);
        Assert.Contains("wait in the spool", (string?)report["checks"]!["spool"]!["description"], StringComparison.Ordinal);
        using (var health = await api.Client.GetAsync(new Uri(IncomingSmsDriver.Path, UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Contains("spooling", await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await _fixture.ExecuteAsync("DROP TRIGGER refuse ON inbox");
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 5, "the deliveries to reach the inbox");
        await Wait.UntilAsync(() => Folder.GetFiles().Length == 0, "the spool to be emptied");
        Assert.Equal(0, api.ReadCounter("webhook.kept"));
        Assert.Equal("Healthy", (string?)(await ReadHealthAsync(api))["checks"]!["spool"]!["status"]);
    }

    [Fact]
    public async Task A_read_only_database_delays_deliveries_and_loses_none()
    {
        await using var api = StartImpatient(("Inbox:ProcessDeliveries", "true"));
        var database = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection).Database;
        await api.Sms.Text().DeliverAsync(api.Client);
        await SetReadOnlyAsync(database!, true);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.Sms.Text().SendAsync(api.Client)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(20, api.ReadCounter("webhook.spooled"));
        await Wait.UntilAsync(
            () => api.Logs.Entries.Any(entry => entry.Contains("The loop 'spool' failed", StringComparison.Ordinal)),
            "an attempt to move the deliveries");
        Assert.Empty(Folder.GetFiles("*.kept"));
        await SetReadOnlyAsync(database!, false);

        await Wait.UntilAsync(async () => await CountWritableAsync("inbox") == 21, "the deliveries to reach the inbox");
        await Wait.UntilAsync(() => Folder.GetFiles().Length == 0, "the spool to be emptied");
        await api.Sms.Text().DeliverAsync(api.Client);
        await Wait.UntilAsync(async () => await CountWritableAsync("inbox") == 22, "a delivery to be stored directly");
    }

    [Fact]
    public async Task A_service_that_starts_on_a_read_only_database_accepts_deliveries_and_stores_them_when_it_may()
    {
        var database = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection).Database;
        _fixture.Instance.Services.GetRequiredService<DataFolders>(); // The migrated database belongs to an instance that started before.
        await SetReadOnlyAsync(database!, true);

        await using var api = StartImpatient(("Inbox:ProcessDeliveries", "true"));
        await api.Sms.Text().DeliverAsync(api.Client);
        Assert.Equal(1, api.ReadCounter("webhook.spooled"));
        await SetReadOnlyAsync(database!, false);

        await Wait.UntilAsync(async () => await CountWritableAsync("inbox WHERE state = 'done'") == 1, "the delivery to be handled");
        await Wait.UntilAsync(
            async () => (await api.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode,
            "a ready service");
    }

    [Fact]
    public async Task A_connection_that_breaks_during_the_insert_costs_no_delivery()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = StartImpatient(("ConnectionStrings:crm", connection.ConnectionString), ("Inbox:AcceptPatience", "00:00:05"));

        Task<HttpResponseMessage[]> sending;
        await using (var other = await _fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await other.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var command = new NpgsqlCommand("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE", other);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            sending = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => api.Sms.Text().SendAsync(api.Client)));
            await Wait.UntilAsync(
                async () => await _fixture.CountAsync("pg_stat_activity WHERE query LIKE '%store deliveries%' AND wait_event_type = 'Lock'") > 0,
                "the INSERT to wait for the lock");
            proxy.Cut();
        }

        Assert.All(await sending, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        proxy.Restore();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 10, "the deliveries to reach the inbox");
        await Wait.UntilAsync(() => Folder.GetFiles().Length == 0, "the spool to be emptied");
    }

    [Theory]
    [InlineData("22021")] // A character that the encoding does not have.
    [InlineData("23514")] // A violated constraint.
    [InlineData("54000")] // A limit of the program.
    public async Task A_delivery_that_Postgres_blames_is_kept_listed_and_taken_in_again(string sqlState)
    {
        await using var api = StartImpatient();
        var (blamed, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        await RefuseAsync(sqlState, $"sms:{blamed}");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => api.Sms.Text(sid: i == 7 ? blamed : null, from: from).SendAsync(api.Client)));
        await api.Sms.Text(sid: blamed, from: from).DeliverAsync(api.Client);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(19, await _fixture.CountAsync("inbox"));
        Assert.Equal((19, 2, 0), (api.ReadCounter("webhook.accepted"), api.ReadCounter("webhook.kept"), api.ReadCounter("webhook.spooled")));
        var spool = new SpoolDriver(api);
        var text = (await spool.ListAsync()).ToJsonString();
        Assert.DoesNotContain("Is it still there", text, StringComparison.Ordinal);
        Assert.DoesNotContain(from[1..], text, StringComparison.Ordinal);
        var file = Assert.Single((await spool.ListAsync())["items"]!.AsArray())!;
        Assert.Equal("refused", (string?)file["kind"]);
        Assert.Contains(sqlState, (string?)file["reason"], StringComparison.Ordinal);
        var delivery = Assert.Single(file["deliveries"]!.AsArray())!;
        Assert.Equal(
            ("twilio", "twilio.sms-incoming", blamed, _fixture.Time.GetUtcNow()),
            ((string?)delivery["source"], (string?)delivery["topic"], (string?)delivery["providerId"], (DateTimeOffset)delivery["receivedAt"]!));
        Assert.Equal("Degraded", (string?)(await ReadHealthAsync(api))["checks"]!["spool"]!["status"]);
        Assert.Equal(1, Measurements.ReadGauge(api.Services, "jackautomotive.spool.kept"));

        var name = (string)file["name"]!;
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await spool.RetryAsync(name)).Status);
        await _fixture.ExecuteAsync("DROP TRIGGER refuse ON inbox");
        var (status, retry) = await spool.RetryAsync(name);
        Assert.Equal((HttpStatusCode.OK, 1), (status, (int)retry["moved"]!));

        Assert.Equal(1, await _fixture.CountAsync("inbox WHERE dedup_key = $1", $"sms:{blamed}"));
        Assert.Empty((await spool.ListAsync())["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await spool.RetryAsync(name)).Status);
        Assert.Equal("Healthy", (string?)(await ReadHealthAsync(api))["checks"]!["spool"]!["status"]);
    }

    [Fact]
    public async Task The_list_of_kept_deliveries_needs_the_scope_admin_and_accepts_no_path()
    {
        var spool = new SpoolDriver(_fixture.Instance);
        using var anonymous = _fixture.Instance.NewClient(key: null);
        using var answer = await anonymous.GetAsync(new Uri("/api/spool/kept", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        foreach (var name in new[] { "nobody.kept", "..%2F..%2Fsecret.kept", "%2Fetc%2Fpasswd", "a.spool", ".kept" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await spool.RetryAsync(name)).Status);
        }
    }

    [Fact]
    public async Task A_kept_delivery_stays_kept_while_Postgres_is_away()
    {
        await using var api = StartImpatient();
        var sid = IncomingSmsDriver.NewSid();
        await RefuseAsync("22000", $"sms:{sid}");
        await api.Sms.Text(sid: sid).DeliverAsync(api.Client);
        var spool = new SpoolDriver(api);
        var name = (string)Assert.Single((await spool.ListAsync())["items"]!.AsArray())!["name"]!;
        await _fixture.ExecuteAsync("DROP TRIGGER refuse ON inbox");
        await RefuseAsync("53100");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await spool.RetryAsync(name)).Status);

        Assert.Single((await spool.ListAsync())["items"]!.AsArray());
        await _fixture.ExecuteAsync("DROP TRIGGER refuse ON inbox");
        Assert.Equal(HttpStatusCode.OK, (await spool.RetryAsync(name)).Status);
    }

    // Makes every INSERT into the inbox fail, or only the INSERT of one dedup key.
    private async Task RefuseAsync(string sqlState, string? dedupKey = null)
    {
        await _fixture.ExecuteAsync($"""
            CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused by the test' USING ERRCODE = '{sqlState}'; END $$
            """);
        await _fixture.ExecuteAsync(dedupKey is null
            ? "CREATE TRIGGER refuse BEFORE INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
            : $"CREATE TRIGGER refuse BEFORE INSERT ON inbox FOR EACH ROW WHEN (NEW.dedup_key = '{dedupKey}') EXECUTE FUNCTION refuse()");
    }

    private async Task SetReadOnlyAsync(string database, bool isReadOnly)
    {
        await using var connection = await OpenWritableAsync();
        foreach (var sql in new[]
        {
            $"ALTER DATABASE {database} SET default_transaction_read_only = {(isReadOnly ? "on" : "off")}",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task<long> CountWritableAsync(string table)
    {
        await using var connection = await OpenWritableAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {table}", connection);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    // A connection without a pool: the pool's connections are terminated.
    private async Task<NpgsqlConnection> OpenWritableAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection)
        {
            Pooling = false,
            Options = "-c default_transaction_read_only=off",
        }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task<JsonNode> ReadHealthAsync(WebhookApiInstance api)
    {
        using var answer = await api.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private WebhookApiInstance StartImpatient(params (string Name, string? Value)[] settings) =>
        _fixture.Start([("Inbox:AcceptPatience", "00:00:00.5"), .. settings]);
}
