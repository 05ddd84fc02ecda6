using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Claims, leases and order. Each test has its own database, because a claim takes any delivery that is due.</summary>
public sealed class InboxTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_delivery_accepted_by_a_stopped_instance_is_handled_by_another_instance()
    {
        var from = IncomingSmsDriver.NewNumber();
        await using (var stopped = _fixture.Start())
        {
            await stopped.Sms.Text(from: from).DeliverAsync(stopped.Client);
        }

        await _fixture.Instance.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await _fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_claim_is_exclusive_until_its_lease_ends_and_a_late_worker_changes_nothing()
    {
        await using var other = _fixture.Start();
        var from = IncomingSmsDriver.NewNumber();
        await _fixture.Instance.Sms.Text(from: from).DeliverAsync(_fixture.Instance.Client);
        var claim = Assert.Single(await ClaimAsync(10));

        _fixture.Time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(0, await other.DrainAsync());

        _fixture.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, await other.DrainAsync());
        Assert.Equal(["lead_created", "sms_received"], await _fixture.ReadEventTypesAsync(from));

        // A slow worker whose lease has ended can neither complete nor retry the delivery.
        await using var late = await BeginWorkAsync(_fixture.Instance);
        Assert.False(await ClaimsOf(_fixture.Instance).CompleteAsync(late, [claim], Cancellation));
        await ClaimsOf(_fixture.Instance).RetryAsync(
            claim, new FailureDecision.Retry(TimeSpan.Zero, IsCounted: true), new TimeoutException(), Cancellation);
        Assert.Equal("done 2", await _fixture.ReadAsync<string>("SELECT state || ' ' || attempts FROM inbox"));
    }

    [Fact]
    public async Task Deliveries_of_one_sender_are_claimed_one_at_a_time_and_different_senders_in_parallel()
    {
        var (one, two) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        foreach (var from in new[] { one, one, two, one, two })
        {
            await _fixture.Instance.Sms.Text(from: from).DeliverAsync(_fixture.Instance.Client);
        }

        var first = await ClaimAsync(10);
        Assert.Equal([1, 3], first.Select(delivery => delivery.Id).Order());
        Assert.Empty(await ClaimAsync(10));

        await CompleteAsync(first.Single(delivery => delivery.Id == 1));
        Assert.Equal(2, Assert.Single(await ClaimAsync(10)).Id);
    }

    [Fact]
    public async Task A_delivery_that_waits_for_a_retry_blocks_only_its_own_sender()
    {
        var (one, two) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        foreach (var from in new[] { one, one })
        {
            await _fixture.Instance.Sms.Text(from: from).DeliverAsync(_fixture.Instance.Client);
        }

        var claim = Assert.Single(await ClaimAsync(10));
        await ClaimsOf(_fixture.Instance).RetryAsync(
            claim, new FailureDecision.Retry(TimeSpan.FromMinutes(1), IsCounted: true), new TimeoutException(), Cancellation);
        await _fixture.Instance.Sms.Text(from: two).DeliverAsync(_fixture.Instance.Client);

        Assert.Equal(3, Assert.Single(await ClaimAsync(10)).Id);

        // The lease of the third delivery has ended as well. The second delivery still waits for the first.
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Assert.Single(await ClaimAsync(10)).Id);
        Assert.Equal(3, (await ClaimsOf(_fixture.Instance).ClaimLostAsync(Cancellation))?.Id);
    }

    [Fact]
    public async Task Concurrent_claims_never_return_a_delivery_twice()
    {
        await using var other = _fixture.Start();
        for (var i = 0; i < 40; i++)
        {
            await _fixture.Instance.Sms.Text().DeliverAsync(_fixture.Instance.Client);
        }

        var claims = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => ClaimAsync(5, i % 2 == 0 ? _fixture.Instance : other)));

        var ids = claims.SelectMany(claim => claim).Select(delivery => delivery.Id).ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Concurrent_transactions_number_the_events_of_a_lead_without_gaps()
    {
        await using var other = _fixture.Start();
        var published = _fixture.Instance.ReadCounter("event.published");
        var from = IncomingSmsDriver.NewNumber();
        await _fixture.Instance.Sms.Text(from: from).DeliverAsync(_fixture.Instance.Client);
        await _fixture.Instance.DrainAsync();
        var lead = new LeadId(await _fixture.ReadAsync<Guid>("SELECT id FROM leads"));

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            await using var work = await BeginWorkAsync(i % 2 == 0 ? _fixture.Instance : other);
            work.Raise(lead, LeadEventTypes.SmsReceived, _fixture.Time.GetUtcNow(), new { i });
            work.Raise(lead, LeadEventTypes.SmsReceived, _fixture.Time.GetUtcNow(), new { i });
            if (i % 4 != 3)
            {
                await work.CommitAsync(Cancellation);
            }
        }));

        Assert.Equal(2 + (30 * 2), (await _fixture.ReadEventTypesAsync(from)).Count);
        Assert.Equal(62, await _fixture.ReadAsync<long>("SELECT last_seq FROM leads"));
        await Wait.UntilAsync(
            () => _fixture.Instance.ReadCounter("event.published") - published + other.ReadCounter("event.published") >= 62,
            "every committed event to be published");
        await Wait.UntilAsync(async () => await _fixture.ReadAsync<long>("SELECT count(*) FROM outbox_transactions") == 0, "an empty outbox");
    }

    [Fact]
    public async Task A_live_event_and_its_replay_have_the_same_bytes()
    {
        await _fixture.Instance.Sms.Text("é 😀 <b> \" \\ \r\n").DeliverAsync(_fixture.Instance.Client);
        await _fixture.Instance.DrainAsync();
        var lead = new LeadId(await _fixture.ReadAsync<Guid>("SELECT id FROM leads"));
        await using var work = await BeginWorkAsync(_fixture.Instance);
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1234567);
        work.Raise(lead, LeadEventTypes.SmsReceived, at, new { Body = "é 😀 \n" });

        var live = Assert.Single(await work.CommitAsync(Cancellation));

        await using var command = _fixture.Database.CreateCommand("SELECT occurred_at, data FROM lead_events WHERE seq = 3");
        await using var row = await command.ExecuteReaderAsync(Cancellation);
        await row.ReadAsync(Cancellation);
        var stored = live with { OccurredAt = row.GetFieldValue<DateTimeOffset>(0), Data = row.GetString(1) };
        Assert.Equal(LeadEventFrame.Encode(live), LeadEventFrame.Encode(stored));
        Assert.DoesNotContain('\n', live.Data);
    }

    [Fact]
    public async Task A_claim_from_a_sudden_backlog_uses_the_due_and_order_indexes()
    {
        await _fixture.ExecuteAsync(InsertRowsSql("done", "old", 20_000));
        await _fixture.ExecuteAsync("VACUUM ANALYZE inbox");
        await _fixture.ExecuteAsync(InsertRowsSql("pending", "new", 5_000));

        var plan = string.Join('\n', await _fixture.ListAsync<string>("EXPLAIN " + InboxClaims.ClaimSql
            .Replace("$1", "now()", StringComparison.Ordinal)
            .Replace("$2", "8", StringComparison.Ordinal)
            .Replace("$3", "now()", StringComparison.Ordinal)));

        Assert.Contains("using inbox_claimable on inbox candidate", plan, StringComparison.Ordinal);
        Assert.Contains("using inbox_order on inbox other", plan, StringComparison.Ordinal);
        Assert.Contains("using inbox_leased on inbox leased", plan, StringComparison.Ordinal);
    }

    private static string InsertRowsSql(string state, string key, int rows) => $"""
        INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, state, due_at, received_at)
        SELECT 'test', 'test', '{key}' || i, '{key}' || i, '', '', '{"{}"}', '{state}', now(), now() FROM generate_series(1, {rows}) AS i
        """;

    private Task<IReadOnlyList<InboxDelivery>> ClaimAsync(int limit, WebhookApiInstance? instance = null) =>
        ClaimsOf(instance ?? _fixture.Instance).ClaimAsync(limit, Cancellation);

    private static InboxClaims ClaimsOf(WebhookApiInstance instance) => instance.Services.GetRequiredService<InboxClaims>();

    private static Task<UnitOfWork> BeginWorkAsync(WebhookApiInstance instance) =>
        instance.Services.GetRequiredService<UnitOfWorkFactory>().BeginAsync(deliveryId: null, Cancellation);

    private async Task CompleteAsync(InboxDelivery delivery)
    {
        await using var work = await BeginWorkAsync(_fixture.Instance);
        Assert.True(await ClaimsOf(_fixture.Instance).CompleteAsync(work, [delivery], Cancellation));
        await work.CommitAsync(Cancellation);
    }
}
