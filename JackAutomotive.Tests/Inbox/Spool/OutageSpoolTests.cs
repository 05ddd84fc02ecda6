using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Inbox.Spool;

/// <summary>A Postgres outage that lasts longer than a provider waits for its answer.</summary>
public sealed class OutageSpoolTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private TcpProxy _proxy = null!;

    private DirectoryInfo Folder => new(_fixture.Instance.Services.GetRequiredService<DataFolders>().Spool);

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        _proxy = new TcpProxy(connection.Host!, connection.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Every_delivery_acknowledged_during_an_outage_is_stored_exactly_once()
    {
        await using var api = StartBehindProxy();
        _proxy.Cut();
        var sids = Enumerable.Range(0, 60).Select(_ => IncomingSmsDriver.NewSid()).ToList();
        var from = IncomingSmsDriver.NewNumber();

        // Each text is sent twice, as an impatient provider does.
        foreach (var answer in await Task.WhenAll(sids.Concat(sids).Select(sid => api.Sms.Text(sid: sid, from: from).SendAsync(api.Client))))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using (var health = await api.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }

        Assert.Equal(120, api.ReadCounter("webhook.spooled"));
        Assert.Equal(0, await _fixture.CountAsync("inbox"));
        _proxy.Restore();

        await Wait.UntilAsync(() => Folder.GetFiles().Length == 0, "the spool to be emptied");
        Assert.Equal(sids.Select(sid => $"sms:{sid}").Order(StringComparer.Ordinal), await ReadDedupKeysAsync("ORDER BY dedup_key COLLATE \"C\""));
        Assert.Equal((60, 60), (api.ReadCounter("webhook.accepted"), api.ReadCounter("webhook.duplicate")));
    }

    [Fact]
    public async Task A_hanging_Postgres_does_not_delay_an_answer_beyond_the_timeout_of_the_provider()
    {
        await using var api = StartBehindProxy();
        await api.Sms.Text().DeliverAsync(api.Client);
        _proxy.Pause();
        using var provider = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        provider.CancelAfter(TimeSpan.FromSeconds(12)); // Twilio's timeout of 15 s, less 3 s for the network.

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.Sms.Text().SendAsync(api.Client))).WaitAsync(provider.Token);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        _proxy.Restore();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 7, "all to be in the inbox");
    }

    [Fact]
    public async Task Deliveries_of_one_sender_stay_in_order_during_and_after_an_outage()
    {
        await using var api = StartBehindProxy();
        _proxy.Cut();
        var sids = Enumerable.Range(0, 30).Select(_ => IncomingSmsDriver.NewSid()).ToList();
        var from = IncomingSmsDriver.NewNumber();
        for (var i = 0; i < sids.Count; i++)
        {
            if (i == 20)
            {
                _proxy.Restore();
            }

            using var answer = await api.Sms.Text(sid: sids[i], from: from).SendAsync(api.Client);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 30, "all to be in the inbox");
        Assert.Equal(sids.Select(sid => $"sms:{sid}"), await ReadDedupKeysAsync("ORDER BY id"));
    }

    [Fact]
    public async Task An_instance_takes_over_the_spool_file_of_a_stopped_instance_but_not_of_a_running_one()
    {
        var sids = new List<string> { IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewSid() };
        await using var running = StartBehindProxy();
        await using (var stopped = StartBehindProxy())
        {
            _proxy.Cut();
            await running.Sms.Text(sid: sids[0]).DeliverAsync(running.Client);
            await stopped.Sms.Text(sid: sids[1]).DeliverAsync(stopped.Client);
            Assert.Equal(2, Folder.GetFiles("*.spool").Length);
        }

        // This instance connects to Postgres directly. The proxy of the other instances is still cut.
        await using var another = _fixture.Start();

        await Wait.UntilAsync(() => Folder.GetFiles("*.spool").Length == 1, "the abandoned file to be taken over");
        Assert.Equal([$"sms:{sids[1]}"], await ReadDedupKeysAsync(""));
    }

    [Fact]
    public async Task A_running_instance_takes_over_the_spool_file_of_an_instance_that_stops_later()
    {
        var sid = IncomingSmsDriver.NewSid();
        await using var running = _fixture.Start(("Spool:AbandonedFilesInterval", "00:00:01"));
        await using (var stopped = StartBehindProxy())
        {
            _proxy.Cut();
            await stopped.Sms.Text(sid: sid).DeliverAsync(stopped.Client);
            Assert.Single(Folder.GetFiles("*.spool"));
        }

        await Wait.UntilAsync(() => Folder.GetFiles("*.spool").Length == 0, "the abandoned file to be taken over");
        Assert.Equal([$"sms:{sid}"], await ReadDedupKeysAsync(""));
    }

    [Fact]
    public async Task Without_room_in_the_spool_every_delivery_is_answered_503_with_Retry_After()
    {
        await using var api = StartBehindProxy(("Spool:MaxBytes", "0"));
        _proxy.Cut();

        var answers = await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => api.Sms.Text().SendAsync(api.Client)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.All(answers, answer => Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta));
        Assert.False(Folder.Exists);
    }

    [Fact]
    public async Task A_spooled_delivery_that_Postgres_blames_is_kept_alone_and_does_not_block_the_others()
    {
        await using var api = StartBehindProxy();
        var spool = api.Services.GetRequiredService<OutageSpool>();
        var rows = Enumerable.Range(0, 5).Select(i => Row($"key-{i}")).ToList();
        rows[2] = rows[2] with { Headers = "no JSON" };

        Assert.Equal(Acceptance.Spooled, await spool.AppendAsync(rows));

        await Wait.UntilAsync(() => !spool.IsInUse, "the spool to be emptied");
        Assert.Equal(["key-0", "key-1", "key-3", "key-4"], await ReadDedupKeysAsync("ORDER BY id"));
        var keptFile = await File.ReadAllTextAsync(Assert.Single(Folder.GetFiles()).FullName, TestContext.Current.CancellationToken);
        Assert.Contains("key-2", keptFile, StringComparison.Ordinal);
        Assert.DoesNotContain("key-1", keptFile, StringComparison.Ordinal);
    }

    private Task<List<string>> ReadDedupKeysAsync(string order) => _fixture.ListAsync<string>($"SELECT dedup_key FROM inbox {order}");

    private InboxRow Row(string key) =>
        new("test", "test", key, key, new byte[] { 1 }, [2], "{}", _fixture.Time.GetUtcNow(), Request: null);

    private WebhookApiInstance StartBehindProxy(params (string Name, string? Value)[] settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection) { Host = "127.0.0.1", Port = _proxy.Port };
        return _fixture.Start(
        [
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:AcceptPatience", "00:00:00.5"),
            .. settings,
        ]);
    }
}
