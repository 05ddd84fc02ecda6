using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Inbox;

/// <summary>
/// The service is killed without warning, as <c>kill -9</c> does. Every delivery that was answered 200 still takes effect, exactly once.
/// </summary>
public sealed class KillTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly IncomingSmsDriver _twilio = new(WebhookApiProcess.PublicAddress);
    private readonly Random _random = new(20261123);

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
