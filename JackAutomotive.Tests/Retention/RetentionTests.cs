using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Retention;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Retention;

public sealed class RetentionTests(Servers servers) : IAsyncLifetime
{
    // Each test has its own database, because retention covers all rows.
    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Done_and_parked_deliveries_are_deleted_after_their_own_retention_and_pending_ones_never()
    {
        var done = await InsertDeliveryAsync("done", daysAgo: 31);
        var young = await InsertDeliveryAsync("done", daysAgo: 29);
        var parked = await InsertDeliveryAsync("parked", daysAgo: 181);
        var youngParked = await InsertDeliveryAsync("parked", daysAgo: 179);
        var pending = await InsertDeliveryAsync("pending", daysAgo: 999);

        Assert.True(await RunRetentionAsync(Api));

        Assert.Equal(new[] { young, youngParked, pending }.Order(), await ReadInboxIdsAsync());
        Assert.DoesNotContain(done, await ReadInboxIdsAsync());
        Assert.DoesNotContain(parked, await ReadInboxIdsAsync());
        Assert.Equal((1, 1), (Api.ReadCounter("retention.deleted", "what=done"), Api.ReadCounter("retention.deleted", "what=parked")));
    }

    [Fact]
    public async Task Retention_counts_from_completion_so_a_recently_replayed_delivery_is_kept()
    {
        var replayed = await InsertDeliveryAsync("done", daysAgo: 100, completedDaysAgo: 1);
        Assert.True(await RunRetentionAsync(Api));
        Assert.Equal([replayed], await ReadInboxIdsAsync());
    }

    [Fact]
    public async Task A_retention_of_zero_keeps_rows_forever()
    {
        await using var api = _fixture.Start(("Retention:Parked", "00:00:00"), ("Retention:Rejected", "00:00:00"));
        var parked = await InsertDeliveryAsync("parked", daysAgo: 3000);
        await InsertDeliveryAsync("done", daysAgo: 3000);
        await InsertRejectionAsync(daysAgo: 3000);

        Assert.True(await RunRetentionAsync(api));

        Assert.Equal([parked], await ReadInboxIdsAsync());
        Assert.Equal(1, await _fixture.CountAsync("rejected_deliveries"));
    }

    [Fact]
    public async Task Small_batches_delete_every_expired_row_and_no_other()
    {
        await using var api = _fixture.Start(("Retention:BatchSize", "2"));
        var kept = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            kept.Add(await InsertDeliveryAsync("parked", daysAgo: 100));
        }

        for (var i = 0; i < 5; i++)
        {
            await InsertDeliveryAsync("done", daysAgo: 60);
            await InsertRejectionAsync(daysAgo: 60);
        }

        kept.Add(await InsertDeliveryAsync("done", daysAgo: 1));
        await InsertRejectionAsync(daysAgo: 1);

        Assert.True(await RunRetentionAsync(api));

        Assert.Equal(kept, await ReadInboxIdsAsync());
        Assert.Equal(1, await _fixture.CountAsync("rejected_deliveries"));
        Assert.Equal(5, api.ReadCounter("retention.deleted", "what=rejected"));
    }

    [Fact]
    public async Task Deleting_a_delivery_deletes_its_history_and_keeps_the_lead_events_it_raised()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        await Api.Sms.Text("one", from, sid).DeliverAsync(Api.Client);
        await Api.Sms.Text("two", from, sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var deliveries = new DeliveriesDriver(_fixture);
        await deliveries.ReplayAsync(await deliveries.FindIdAsync($"sms:{sid}"));
        await Api.DrainAsync();
        string[] tables = ["inbox", "delivery_conflicts", "delivery_attempts", "delivery_replays"];
        foreach (var table in tables)
        {
            Assert.Equal(1, await _fixture.CountAsync(table));
        }

        // The service's own timer may run first. In both cases the delivery is deleted.
        _fixture.Time.Advance(TimeSpan.FromDays(31));
        await Wait.UntilAsync(async () => await RunRetentionAsync(Api), "a retention run");

        foreach (var table in tables)
        {
            Assert.Equal(0, await _fixture.CountAsync(table));
        }

        Assert.Equal(["lead_created", "sms_received"], await _fixture.ReadEventTypesAsync(from));

        // A copy that arrives now is a new delivery, but it has no effect: the handler finds the message already stored.
        await Api.Sms.Text("one", from, sid).DeliverAsync(Api.Client);
        Assert.Equal(1, await Api.DrainAsync());
        Assert.Equal(["lead_created", "sms_received"], await _fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task Retention_runs_on_a_timer()
    {
        await InsertDeliveryAsync("done", daysAgo: 31);
        await Wait.UntilAsync(
            async () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                return (await ReadInboxIdsAsync()).Count == 0;
            },
            "the timer to run retention");
    }

    [Theory]
    [InlineData("statement_timeout", "'1ms'", "57014")]
    [InlineData("lock_timeout", "'1ms'", "55P03")]
    public async Task Retention_and_the_object_sweep_continue_after_a_refusal_of_Postgres(string setting, string value, string sqlState)
    {
        // The statements of a test's own connection are exempt from the settings of the database.
        await using var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection)
        {
            Options = "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0",
        });
        await using var api = _fixture.Start(("Inbox:ProcessDeliveries", "true"));
        await InsertDeliveryAsync("done", daysAgo: 31);
        var name = await PutUnreferencedObjectAsync(api);
        await using (var locks = await admin.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await locks.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await ExecuteAsync(locks, "LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE");
            await using var settings = await admin.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await ExecuteAsync(settings, $"ALTER DATABASE {settings.Database} SET {setting} = {value}");
            await TerminateOthersAsync(settings, locks);
            await Wait.UntilAsync(
                () =>
                {
                    _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                    return HasFailed(api, "retention", sqlState) && HasFailed(api, "object sweep", sqlState);
                },
                "a failed round of both loops");
            await ExecuteAsync(settings, $"ALTER DATABASE {settings.Database} RESET {setting}");
            await TerminateOthersAsync(settings, locks);
        }

        await Wait.UntilAsync(
            async () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                await using var remaining = admin.CreateCommand("SELECT count(*) FROM inbox");
                return await remaining.ExecuteScalarAsync(TestContext.Current.CancellationToken) is 0L
                    && await api.Services.GetRequiredService<IObjectStore>().FindWrittenAtAsync(name, TestContext.Current.CancellationToken) is null;
            },
            "retention and the object sweep to finish their work");
    }

    [Fact]
    public async Task Retention_continues_after_a_read_only_time_of_the_database()
    {
        await using var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection)
        {
            Options = "-c default_transaction_read_only=off",
        });
        await using var api = _fixture.Start(("Inbox:ProcessDeliveries", "true"));
        await InsertDeliveryAsync("done", daysAgo: 31);
        await using var own = await admin.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(own, $"ALTER DATABASE {own.Database} SET default_transaction_read_only = on");
        await TerminateOthersAsync(own, own);
        await Wait.UntilAsync(
            () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                return HasFailed(api, "retention", "25006");
            },
            "a failed round");

        await ExecuteAsync(own, $"ALTER DATABASE {own.Database} RESET default_transaction_read_only");
        await TerminateOthersAsync(own, own);

        await Wait.UntilAsync(
            async () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                await using var remaining = new NpgsqlCommand("SELECT count(*) FROM inbox", own);
                return await remaining.ExecuteScalarAsync(TestContext.Current.CancellationToken) is 0L;
            },
            "retention to finish its work");
    }

    [Fact]
    public async Task Retention_runs_on_one_instance_at_a_time()
    {
        await InsertDeliveryAsync("done", daysAgo: 31);
        await using (var other = await _fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(await RetentionStore.TryLockAsync(other, TestContext.Current.CancellationToken));
            Assert.False(await RunRetentionAsync(Api));
            Assert.Single(await ReadInboxIdsAsync());
            await RetentionStore.UnlockAsync(other, TestContext.Current.CancellationToken);
        }

        Assert.True(await RunRetentionAsync(Api));
        Assert.True(await RunRetentionAsync(Api));
        Assert.Empty(await ReadInboxIdsAsync());
    }

    private static async Task<ObjectName> PutUnreferencedObjectAsync(WebhookApiInstance api)
    {
        var upload = api.Services.GetRequiredService<UploadFolder>().Begin();
        await upload.WriteAsync(Guid.NewGuid().ToByteArray(), TestContext.Current.CancellationToken);
        await upload.FinishAsync();
        await upload.StoreAsync(TestContext.Current.CancellationToken);
        return upload.Name;
    }

    private static bool HasFailed(WebhookApiInstance api, string loop, string sqlState) => api.Logs.Entries.Any(
        entry => entry.Contains($"The loop '{loop}' failed", StringComparison.Ordinal) && entry.Contains(sqlState, StringComparison.Ordinal));

    private static Task TerminateOthersAsync(NpgsqlConnection own, NpgsqlConnection alsoOwn) => ExecuteAsync(own, $"""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid NOT IN ({own.ProcessID}, {alsoOwn.ProcessID})
        """);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static Task<bool> RunRetentionAsync(WebhookApiInstance api) =>
        api.Services.GetRequiredService<RetentionWorker>().RunAsync(TestContext.Current.CancellationToken);

    private Task<List<long>> ReadInboxIdsAsync() => _fixture.ListAsync<long>("SELECT id FROM inbox ORDER BY id");

    // Ids follow the order of the calls. A row is done or parked at the time of its receipt unless completedDaysAgo differs.
    private Task<long> InsertDeliveryAsync(string state, int daysAgo, int? completedDaysAgo = null)
    {
        var now = _fixture.Time.GetUtcNow();
        return _fixture.ReadAsync<long>("""
            INSERT INTO inbox (
                source, topic, dedup_key, ordering_key, body, body_hash, headers, state, parked_as, due_at, received_at, completed_at)
            VALUES ('twilio', 'twilio.sms-incoming', gen_random_uuid()::text, 'x', '', '', '{}', $1,
                CASE $1 WHEN 'parked' THEN 'exhausted' END, $2, $2, CASE WHEN $1 <> 'pending' THEN $3 END)
            RETURNING id
            """, state, now.AddDays(-daysAgo), now.AddDays(-(completedDaysAgo ?? daysAgo)));
    }

    private Task<List<long>> InsertRejectionAsync(int daysAgo) => _fixture.ListAsync<long>("""
        INSERT INTO rejected_deliveries (source, topic, reason, body_bytes, rejected_at)
        VALUES ('twilio', 'twilio.sms-incoming', 'missing', 0, $1) RETURNING id
        """, _fixture.Time.GetUtcNow().AddDays(-daysAgo));
}
