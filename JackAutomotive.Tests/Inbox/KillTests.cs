using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Inbox;

/// <summary>
/// The service is killed without warning, as <c>kill -9</c> does. Every delivery that was answered 200 still takes effect, exactly once.
/// </summary>
public sealed class KillTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly IncomingSmsDriver _twilio = new(WebhookApiProcess.PublicAddress);
    private readonly Random _random = new(20261123);

    // The prefix keeps the events of other tests out.
    private readonly string _ownRedis = $"{servers.Redis},channelPrefix={Guid.NewGuid():N}";

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_delivery_of_any_webhook_in_progress_at_a_kill_takes_effect_once_after_a_restart()
    {
        var requests = Stories(1).SelectMany(story => story).ToList();
        await using var process = NewProcess(_fixture.DatabaseConnection);
        await process.StartAsync();

        // The lock stops every handler at its first write. The kill therefore comes after the answers and before any commit.
        await using (var blocker = await _fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
            var tables = string.Join(", ", await CanonicalState.ReadTableNamesAsync(_fixture.Database));
            await using var block = new NpgsqlCommand($"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE", blocker, transaction);
            await block.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

            await Task.WhenAll(requests.Select(request => request.DeliverAsync(process.Client)));
            await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE attempts > 0") > 0, "a handler to start");
            await process.KillAsync();
            Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state <> 'pending'"));
            Assert.Equal(EveryWebhook.Topics.Order(), await _fixture.ListAsync<string>("SELECT DISTINCT topic FROM inbox ORDER BY 1"));
        }

        await process.StartAsync();
        await WaitUntilHandledAsync();

        CanonicalState.AssertSame(await ReadReferenceStateAsync([requests]), await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Fact]
    public async Task Deliveries_to_two_repeatedly_killed_processes_end_in_the_same_state_as_without_kills()
    {
        const int KillsPerProcess = 3;
        var stories = Stories(20);
        var requests = stories.SelectMany(story => story).ToArray();
        Assert.InRange(requests.Length, 1000, 1100);
        SignedRequest[] sent = [.. requests, .. requests.Where(_ => _random.Next(4) == 0)];
        _random.Shuffle(sent);
        await using var one = NewProcess(_fixture.DatabaseConnection);
        await using var two = NewProcess(_fixture.DatabaseConnection);
        await Task.WhenAll(one.StartAsync(), two.StartAsync());

        var acknowledged = 0;
        int[][] moments = [.. Enumerable.Range(0, 2).Select(_ => KillMoments(KillsPerProcess, sent.Length))];
        var sending = ForEachAsync(sent, 24, async request =>
        {
            await DeliverUntilAcknowledgedAsync(request, one, two);
            Interlocked.Increment(ref acknowledged);
        });
        await Task.WhenAll(
            KillAtAsync(one, moments[0], () => Volatile.Read(ref acknowledged)),
            KillAtAsync(two, moments[1], () => Volatile.Read(ref acknowledged)),
            sending);

        // An initiation is answered 200 in time even if it could not be stored. That 200 guarantees nothing, so each one is sent again.
        await ForEachAsync(requests.Where(InitiationDriver.IsOne), 8, request => DeliverUntilAcknowledgedAsync(request, one, two));
        await WaitUntilHandledAsync();

        Assert.Equal(requests.Length, await _fixture.CountAsync("inbox"));
        CanonicalState.AssertSame(await ReadReferenceStateAsync(stories), await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Fact]
    public async Task Deliveries_acknowledged_during_a_Postgres_outage_survive_a_kill_during_the_outage()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        connection.Host = "127.0.0.1";
        connection.Port = proxy.Port;
        await using var process = NewProcess(connection.ConnectionString, ("Inbox__AcceptPatience", "00:00:00.5"));
        await process.StartAsync();
        var sids = Enumerable.Range(0, 400).Select(_ => IncomingSmsDriver.NewSid()).ToList();
        var acknowledged = 0;

        var sending = ForEachAsync(sids, 16, async sid =>
        {
            await DeliverUntilAcknowledgedAsync(_twilio.Text(sid, IncomingSmsDriver.NewNumber(), sid), process, process);
            Interlocked.Increment(ref acknowledged);
        });
        await Wait.UntilAsync(() => Volatile.Read(ref acknowledged) >= 100, "100 acknowledged deliveries");
        proxy.Cut();
        await Wait.UntilAsync(() => Volatile.Read(ref acknowledged) >= 200, "200 acknowledged deliveries");
        await process.KillAsync();
        Assert.InRange(await _fixture.CountAsync("inbox"), 1, Volatile.Read(ref acknowledged) - 1);
        proxy.Restore();
        await process.StartAsync();
        await sending;
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE state = 'done'") == sids.Count, "every delivery to be done");

        Assert.Equal(
            sids.Order(StringComparer.Ordinal), await _fixture.ListAsync<string>("SELECT body FROM messages ORDER BY body COLLATE \"C\""));
        Assert.Equal(sids.Count, await _fixture.CountAsync("lead_events WHERE type = 'sms_received'"));
    }

    [Fact]
    public async Task A_kill_between_the_commit_and_the_publishing_loses_no_event()
    {
        var redis = _ownRedis.Split(',');
        var endpoint = redis[0].Split(':');
        await using var proxy = new TcpProxy(endpoint[0], int.Parse(endpoint[1], CultureInfo.InvariantCulture));
        await using var listener = await ConnectionMultiplexer.ConnectAsync(_ownRedis);
        var published = await ListenAsync(listener);
        await using var process = new WebhookApiProcess(
            _fixture.DatabaseConnection, string.Join(',', [$"127.0.0.1:{proxy.Port}", .. redis[1..]]), _fixture.Data);
        await process.StartAsync();

        // Redis takes the connections but answers nothing, so the events are committed and wait to be published.
        proxy.Pause();
        await DeliverTextsAsync(process, 40);
        await process.KillAsync();
        Assert.Empty(published);
        proxy.Restore();
        await process.StartAsync();

        await WaitUntilPublishedAsync(published);
    }

    [Fact]
    public async Task A_kill_between_the_publishing_and_the_removal_from_the_outbox_publishes_the_same_events_again()
    {
        await using var listener = await ConnectionMultiplexer.ConnectAsync(_ownRedis);
        var published = await ListenAsync(listener);
        await using var process = new WebhookApiProcess(_fixture.DatabaseConnection, _ownRedis, _fixture.Data);
        await process.StartAsync();
        await _fixture.ExecuteAsync("""
            CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
            CREATE TRIGGER wait_for_the_test BEFORE DELETE ON outbox_transactions FOR EACH STATEMENT EXECUTE FUNCTION wait_for_the_test();
            """);

        await using (var blocker = await _fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var block = new NpgsqlCommand("SELECT pg_advisory_xact_lock(1)", blocker, transaction);
            await block.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await DeliverTextsAsync(process, 40);
            await Wait.UntilAsync(() => !published.IsEmpty, "a published event");
            await process.KillAsync();

            // The removal that waits at Postgres does not notice that its process is gone, and would succeed after the wait.
            await _fixture.ExecuteAsync("""
                SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'
                """);
            Assert.Equal(80, await _fixture.ReadAsync<long>("SELECT sum(cardinality(seqs))::bigint FROM outbox_transactions"));
        }

        await process.StartAsync();
        await WaitUntilPublishedAsync(published);
        Assert.True(published.Count > 80, "no event was published twice");
    }

    /// <summary>Collects the channel and seq of every event that is published.</summary>
    private static async Task<ConcurrentQueue<string>> ListenAsync(ConnectionMultiplexer redis)
    {
        var published = new ConcurrentQueue<string>();
        await redis.GetSubscriber().SubscribeAsync(RedisChannel.Pattern("lead:*"), (channel, message) =>
        {
            if (LeadMessage.TryDecode((byte[])message!, out var decoded))
            {
                published.Enqueue($"{channel} {decoded.Seq}");
            }
        });
        return published;
    }

    private async Task DeliverTextsAsync(WebhookApiProcess process, int count)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => _twilio.Text().DeliverAsync(process.Client)));
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE state = 'done'") == count, "every text to be handled");
    }

    private async Task WaitUntilPublishedAsync(ConcurrentQueue<string> published)
    {
        await Wait.UntilAsync(async () => await _fixture.CountAsync("outbox_transactions") == 0, "an empty outbox");
        var events = await _fixture.ListAsync<string>("SELECT 'lead:' || lead_id || ' ' || seq FROM lead_events");
        await Wait.UntilAsync(() => events.All(new HashSet<string>(published).Contains), "every event to be published");
    }

    private WebhookApiProcess NewProcess(string database, params (string Name, string Value)[] settings) =>
        new(database, servers.Redis, _fixture.Data, [("Analysis__TextPause", "00:00:00"), .. settings]);

    private List<IReadOnlyList<SignedRequest>> Stories(int count) =>
    [
        .. Enumerable.Range(0, count).SelectMany(_ => new[]
        {
            EveryWebhook.CustomerStory(_twilio, TimeProvider.System, IncomingSmsDriver.NewNumber()),
            EveryWebhook.WithheldNumberStory(_twilio, TimeProvider.System, isFollowed: true),
            EveryWebhook.UnreachedCustomerStory(_twilio, TimeProvider.System, IncomingSmsDriver.NewNumber()),
        }),
    ];

    /// <summary>The state after one undisturbed instance receives each delivery once and the deliveries of each story in order.</summary>
    private async Task<List<string>> ReadReferenceStateAsync(IReadOnlyList<IReadOnlyList<SignedRequest>> stories)
    {
        await using var fixture = new WebhookApiFixture(servers);
        await fixture.InitializeAsync();
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow);
        await using var api = fixture.Start(
            ("PUBLIC_BASE_URL", WebhookApiProcess.PublicAddress.AbsoluteUri), ("Analysis:TextPause", "00:00:00"));
        for (var i = 0; i < stories.Max(story => story.Count); i++)
        {
            await ForEachAsync(stories.Where(story => i < story.Count), 16, story => story[i].DeliverAsync(api.Client));
            await api.DrainAsync();
            await api.AnalyseAsync();
        }

        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state <> 'done' OR attempts > 1"));
        return await CanonicalState.ReadAsync(fixture.Database);
    }

    // Acts as a provider that repeats a delivery until it is answered 200, and that reaches either instance.
    private static Task DeliverUntilAcknowledgedAsync(SignedRequest request, WebhookApiProcess one, WebhookApiProcess two) => Wait.UntilAsync(
        async () =>
        {
            try
            {
                using var answer = await request.SendAsync((Random.Shared.Next(2) == 0 ? one : two).Client);
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
            {
                return false; // The process was killed or has not started yet.
            }
        },
        "an acknowledged delivery");

    private int[] KillMoments(int count, int deliveries) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(deliveries * 95 / 100)).Order()];

    private static async Task KillAtAsync(WebhookApiProcess process, int[] moments, Func<int> acknowledged)
    {
        foreach (var moment in moments)
        {
            await Wait.UntilAsync(() => acknowledged() >= moment, $"{moment} acknowledged deliveries");
            await process.KillAsync();
            await process.StartAsync();
        }
    }

    private Task WaitUntilHandledAsync() => Wait.UntilAsync(
        async () =>
        {
            Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state = 'parked'"));
            return await _fixture.CountAsync("inbox WHERE state <> 'done'") == 0 && await _fixture.CountAsync("analysis_queue") == 0;
        },
        "every delivery to be handled and analysed");

    private static Task ForEachAsync<T>(IEnumerable<T> items, int concurrency, Func<T, Task> work) => Parallel.ForEachAsync(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = TestContext.Current.CancellationToken },
        async (item, _) => await work(item));
}
