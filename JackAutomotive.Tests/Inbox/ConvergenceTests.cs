using System.Net;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Every webhook of several leads, delivered to two instances. Every order and every repetition ends in the same state.</summary>
public sealed class ConvergenceTests : IClassFixture<WebhookApiFixture>, IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture;
    private readonly WebhookApiInstance _one;
    private readonly WebhookApiInstance _two;
    private readonly SignedRequest[] _requests;
    private List<string> _referenceState = [];

    public ConvergenceTests(WebhookApiFixture fixture)
    {
        _fixture = fixture;
        var address = WebhookApiProcess.PublicAddress;
        (_one, _two) = (Start(), Start());
        var twilio = new IncomingSmsDriver(address);
        _requests =
        [
            .. EveryWebhook.CustomerStory(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
            .. EveryWebhook.WithheldNumberStory(twilio, fixture.Time, isFollowed: true),
            .. EveryWebhook.WithheldNumberStory(twilio, fixture.Time, isFollowed: false),
            .. EveryWebhook.UnreachedCustomerStory(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
        ];

        WebhookApiInstance Start() => fixture.Start(("PUBLIC_BASE_URL", address.AbsoluteUri), ("Analysis:TextPause", "00:00:00"));
    }

    public async ValueTask InitializeAsync()
    {
        await TruncateTablesAsync();
        foreach (var request in _requests)
        {
            await request.DeliverAsync(_one.Client);
            await _one.DrainAsync();
            await _one.AnalyseAsync();
        }

        await _one.ScoreAsync();
        _referenceState = await CanonicalState.ReadAsync(_fixture.Database);
        Assert.NotEmpty(_referenceState);
        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state <> 'done'"));
        Assert.Equal(EveryWebhook.Topics.Order(), await _fixture.ListAsync<string>("SELECT DISTINCT topic FROM inbox ORDER BY 1"));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Property(MaxTest = 8)]
    public async Task Any_order_and_repetition_of_deliveries_ends_in_the_same_state(int seed)
    {
        await TruncateTablesAsync();
        foreach (var request in Shuffled(seed))
        {
            var (receiver, worker) = new Random(seed).Next(2) == 0 ? (_one, _two) : (_two, _one);
            await request.DeliverAsync(receiver.Client);
            await worker.DrainAsync();
        }

        await AnalyseAsync();

        CanonicalState.AssertSame(_referenceState, await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Property(MaxTest = 4)]
    public async Task All_deliveries_at_once_on_two_instances_end_in_the_same_state(int seed)
    {
        await TruncateTablesAsync();
        var sending = Task.WhenAll(Shuffled(seed).Select((request, i) => request.DeliverAsync((i % 2 == 0 ? _one : _two).Client)));
        await DrainBothAsync(sending);
        await AnalyseAsync();

        CanonicalState.AssertSame(_referenceState, await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Fact]
    public async Task Fifty_simultaneous_copies_of_every_webhook_on_two_instances_have_one_effect()
    {
        await TruncateTablesAsync();
        foreach (var request in _requests)
        {
            var (accepted, duplicate) = (CountWebhooks("accepted"), CountWebhooks("duplicate"));
            var sending = Task.WhenAll(Enumerable.Range(0, 50).Select(i => request.SendAsync((i % 2 == 0 ? _one : _two).Client)));
            await DrainBothAsync(sending);

            Assert.All(await sending, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));

            // A copy that was spooled while Postgres was slow is counted when it reaches the inbox.
            await Wait.UntilAsync(
                () => CountWebhooks("accepted") + CountWebhooks("duplicate") >= accepted + duplicate + 50, "the count of every copy");
            Assert.Equal((1, 49), (CountWebhooks("accepted") - accepted, CountWebhooks("duplicate") - duplicate));
        }

        await AnalyseAsync();
        Assert.Equal(0, CountWebhooks("conflict"));
        CanonicalState.AssertSame(_referenceState, await CanonicalState.ReadAsync(_fixture.Database));
    }

    private long CountWebhooks(string outcome) => _one.ReadCounter($"webhook.{outcome}") + _two.ReadCounter($"webhook.{outcome}");

    /// <summary>Every request one to three times, in random order.</summary>
    private SignedRequest[] Shuffled(int seed)
    {
        var random = new Random(seed);
        SignedRequest[] sent = [.. _requests.SelectMany(request => Enumerable.Repeat(request, Math.Max(1, random.Next(-2, 4))))];
        random.Shuffle(sent);
        return sent;
    }

    // Both instances work at the same time until no request is being sent and no delivery is left.
    private async Task DrainBothAsync(Task sending)
    {
        await Wait.UntilAsync(
            async () =>
            {
                if (await Task.WhenAll(_one.DrainAsync(), _two.DrainAsync()) is [0, 0] && sending.IsCompleted)
                {
                    _fixture.Time.Advance(TimeSpan.FromSeconds(1)); // A failed delivery is due again after its back-off.
                }

                return sending.IsCompleted && await _fixture.CountAsync("inbox WHERE state <> 'done'") == 0;
            },
            "every delivery to be done");

        await sending;
        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state = 'parked'"));
    }

    private async Task AnalyseAsync()
    {
        await Task.WhenAll(_one.AnalyseAsync(), _two.AnalyseAsync());
        await Task.WhenAll(_one.ScoreAsync(), _two.ScoreAsync());

        // What one instance had locked was left for the next round.
        await _one.ScoreAsync();
    }

    private async Task TruncateTablesAsync()
    {
        var tables = string.Join(", ", await CanonicalState.ReadTableNamesAsync(_fixture.Database));
        await using var command = _fixture.Database.CreateCommand($"TRUNCATE {tables}, inbox, lead_events CASCADE");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
