using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Messaging;

public sealed class RetentionTests(Servers servers) : IAsyncLifetime
{
    // A database for each test: retention looks at all of it.
    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Done_deliveries_go_after_their_time_parked_ones_after_theirs_and_pending_ones_never()
    {
        var done = await InsertAsync("done", daysAgo: 31);
        var young = await InsertAsync("done", daysAgo: 29);
        var parked = await InsertAsync("parked", daysAgo: 181);
        var youngParked = await InsertAsync("parked", daysAgo: 179);
        var pending = await InsertAsync("pending", daysAgo: 999);

        Assert.True(await RunAsync(Api));

        Assert.Equal(new[] { young, youngParked, pending }.Order(), await IdsAsync());
        Assert.DoesNotContain(done, await IdsAsync());
        Assert.DoesNotContain(parked, await IdsAsync());
        Assert.Equal((1, 1), (Api.Counted("retention.deleted", "what=done"), Api.Counted("retention.deleted", "what=parked")));
    }

    [Fact]
    public async Task Age_counts_from_the_handling_so_what_was_replayed_lately_stays()
    {
        var replayed = await InsertAsync("done", daysAgo: 100, completedDaysAgo: 1);
        Assert.True(await RunAsync(Api));
        Assert.Equal([replayed], await IdsAsync());
    }

    [Fact]
    public async Task Zero_means_for_ever()
    {
        await using var api = _fixture.Start(("Retention:Parked", "00:00:00"), ("Retention:Rejected", "00:00:00"));
        var parked = await InsertAsync("parked", daysAgo: 3000);
        await InsertAsync("done", daysAgo: 3000);
        await RejectAsync(daysAgo: 3000);

        Assert.True(await RunAsync(api));

        Assert.Equal([parked], await IdsAsync());
        Assert.Equal(1, await _fixture.CountAsync("rejected_deliveries"));
    }

    [Fact]
    public async Task A_small_step_is_followed_by_the_next_past_what_stays_and_stops_at_what_is_young()
    {
        await using var api = _fixture.Start(("Retention:BatchSize", "2"));
        var stay = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            stay.Add(await InsertAsync("parked", daysAgo: 100));
        }

        for (var i = 0; i < 5; i++)
        {
            await InsertAsync("done", daysAgo: 60);
            await RejectAsync(daysAgo: 60);
        }

        stay.Add(await InsertAsync("done", daysAgo: 1));
        await RejectAsync(daysAgo: 1);

        Assert.True(await RunAsync(api));

        Assert.Equal(stay, await IdsAsync());
        Assert.Equal(1, await _fixture.CountAsync("rejected_deliveries"));
        Assert.Equal(5, api.Counted("retention.deleted", "what=rejected"));
    }

    [Fact]
    public async Task What_belongs_to_a_delivery_goes_with_it_and_what_it_caused_stays()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        await Api.Sms.Text("one", from, sid).DeliverAsync(Api.Client);
        await Api.Sms.Text("two", from, sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var deliveries = new DeliveriesDriver(_fixture);
        await deliveries.ReplayAsync(await deliveries.IdOfAsync($"sms:{sid}"));
        await Api.DrainAsync();
        string[] tables = ["inbox", "delivery_conflicts", "delivery_attempts", "delivery_replays"];
        foreach (var table in tables)
        {
            Assert.Equal(1, await _fixture.CountAsync(table));
        }

        // The service's own timer may come first; either way it is gone.
        _fixture.Time.Advance(TimeSpan.FromDays(31));
        await Wait.UntilAsync(async () => await RunAsync(Api), "a turn");

        foreach (var table in tables)
        {
            Assert.Equal(0, await _fixture.CountAsync(table));
        }

        Assert.Equal(["lead_created", "sms_received"], await _fixture.EventsOfAsync(from));

        // A copy that comes now counts as new, and still causes nothing: handlers know what is stored.
        await Api.Sms.Text("one", from, sid).DeliverAsync(Api.Client);
        Assert.Equal(1, await Api.DrainAsync());
        Assert.Equal(["lead_created", "sms_received"], await _fixture.EventsOfAsync(from));
    }

    [Fact]
    public async Task The_timer_does_it_by_itself()
    {
        await InsertAsync("done", daysAgo: 31);
        await Wait.UntilAsync(
            async () =>
            {
                _fixture.Time.Advance(TimeSpan.FromMinutes(10));
                return (await IdsAsync()).Count == 0;
            },
            "the timer");
    }

    [Fact]
    public async Task One_instance_at_a_time()
    {
        await InsertAsync("done", daysAgo: 31);
        await using (var other = await _fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(await RetentionStore.TryLockAsync(other, TestContext.Current.CancellationToken));
            Assert.False(await RunAsync(Api));
            Assert.Single(await IdsAsync());
            await RetentionStore.UnlockAsync(other, TestContext.Current.CancellationToken);
        }

        Assert.True(await RunAsync(Api));
        Assert.True(await RunAsync(Api));
        Assert.Empty(await IdsAsync());
    }

    private static Task<bool> RunAsync(WebhookApiInstance api) =>
        api.Services.GetRequiredService<Retention>().RunAsync(TestContext.Current.CancellationToken);

    private Task<List<long>> IdsAsync() => _fixture.ListAsync<long>("SELECT id FROM inbox ORDER BY id");

    // Numbered in the order of the calls, as the tests need it; received then, and done or parked at once unless said otherwise.
    private Task<long> InsertAsync(string state, int daysAgo, int? completedDaysAgo = null)
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

    private Task<List<long>> RejectAsync(int daysAgo) => _fixture.ListAsync<long>("""
        INSERT INTO rejected_deliveries (source, topic, reason, body_bytes, rejected_at)
        VALUES ('twilio', 'twilio.sms-incoming', 'missing', 0, $1) RETURNING id
        """, _fixture.Time.GetUtcNow().AddDays(-daysAgo));
}
