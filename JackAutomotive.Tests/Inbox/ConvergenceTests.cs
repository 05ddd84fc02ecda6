using System.Net;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Messaging;

/// <summary>Every webhook of several leads, on two instances: whatever the order and however often, the same comes of it.</summary>
public sealed class ConvergenceTests : IClassFixture<WebhookApiFixture>, IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture;
    private readonly WebhookApiInstance _one;
    private readonly WebhookApiInstance _two;
    private readonly SignedRequest[] _requests;
    private List<string> _reference = [];

    public ConvergenceTests(WebhookApiFixture fixture)
    {
        _fixture = fixture;
        var address = WebhookApiProcess.PublicAddress;
        (_one, _two) = (Start(), Start());
        var twilio = new IncomingSmsDriver(address);
        _requests =
        [
            .. EveryWebhook.Story(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
            .. EveryWebhook.Withheld(twilio, fixture.Time, isFollowed: true),
            .. EveryWebhook.Withheld(twilio, fixture.Time, isFollowed: false),
            .. EveryWebhook.NotReached(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
        ];

        WebhookApiInstance Start() => fixture.Start(("PUBLIC_BASE_URL", address.AbsoluteUri));
    }

    public async ValueTask InitializeAsync()
    {
        await ClearAsync();
        foreach (var request in _requests)
        {
            await request.DeliverAsync(_one.Client);
            await _one.DrainAsync();
        }

        _reference = await CanonicalState.ReadAsync(_fixture.Database);
        Assert.Equal(EveryWebhook.Topics.Order(), await _fixture.ListAsync<string>("SELECT DISTINCT topic FROM inbox ORDER BY 1"));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Property(MaxTest = 8)]
    public async Task Whatever_the_order_and_the_repetition_the_same_state_follows(int seed)
    {
        await ClearAsync();
        foreach (var request in Shuffled(seed))
        {
            var (taker, worker) = new Random(seed).Next(2) == 0 ? (_one, _two) : (_two, _one);
            await request.DeliverAsync(taker.Client);
            await worker.DrainAsync();
        }

        CanonicalState.AssertSame(_reference, await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Property(MaxTest = 4)]
    public async Task All_of_it_at_once_on_two_working_instances_leaves_the_same_state(int seed)
    {
        await ClearAsync();
        var sending = Task.WhenAll(Shuffled(seed).Select((request, i) => request.DeliverAsync((i % 2 == 0 ? _one : _two).Client)));
        await WorkAsync(sending);

        CanonicalState.AssertSame(_reference, await CanonicalState.ReadAsync(_fixture.Database));
    }

    [Fact]
    public async Task Fifty_copies_of_every_webhook_at_once_on_two_working_instances_have_one_effect()
    {
        await ClearAsync();
        foreach (var request in _requests)
        {
            var (accepted, duplicate) = (Counted("accepted"), Counted("duplicate"));
            var sending = Task.WhenAll(Enumerable.Range(0, 50).Select(i => request.SendAsync((i % 2 == 0 ? _one : _two).Client)));
            await WorkAsync(sending);

            Assert.All(await sending, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            Assert.Equal((1, 49), (Counted("accepted") - accepted, Counted("duplicate") - duplicate));
        }

        Assert.Equal(0, Counted("conflict"));
        CanonicalState.AssertSame(_reference, await CanonicalState.ReadAsync(_fixture.Database));
    }

    private long Counted(string what) => _one.Counted($"webhook.{what}") + _two.Counted($"webhook.{what}");

    /// <summary>Each at least once, some up to three times, in any order.</summary>
    private SignedRequest[] Shuffled(int seed)
    {
        var random = new Random(seed);
        SignedRequest[] sent = [.. _requests.SelectMany(request => Enumerable.Repeat(request, Math.Max(1, random.Next(-2, 4))))];
        random.Shuffle(sent);
        return sent;
    }

    // Both at the same time, as long as something comes in or is left.
    private async Task WorkAsync(Task sending)
    {
        while (!sending.IsCompleted || await _fixture.CountAsync("inbox WHERE state <> 'done'") > 0)
        {
            if (await Task.WhenAll(_one.DrainAsync(), _two.DrainAsync()) is [0, 0] && sending.IsCompleted)
            {
                _fixture.Time.Advance(TimeSpan.FromSeconds(1)); // What failed is due again later.
            }
        }

        await sending;
        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state = 'parked'"));
    }

    private async Task ClearAsync()
    {
        var tables = string.Join(", ", await CanonicalState.TablesAsync(_fixture.Database));
        await using var command = _fixture.Database.CreateCommand($"TRUNCATE {tables}, inbox CASCADE");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
