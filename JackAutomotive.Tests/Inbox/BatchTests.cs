using System.Collections.Concurrent;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Deliveries of different ordering keys share transactions, and none of them pays for what another one does.</summary>
public sealed class BatchTests(Servers servers) : IAsyncLifetime
{
    private const string Topic = "test.batch";

    // PostgreSQL compares the transactions that wrote the rows: a row keeps the id of its last one.
    private const string CountTransactions = "SELECT count(DISTINCT xmin::text) FROM inbox WHERE state = 'done'";

    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly Script _script = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Deliveries_that_wait_together_share_a_transaction()
    {
        await using var api = Start();
        await InsertAsync(20);

        Assert.Equal(20, await api.DrainAsync());

        Assert.Equal(20, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal(1, await _fixture.ReadAsync<long>(CountTransactions));
        Assert.Equal(Enumerable.Range(1, 20).Select(id => (long)id), _script.Handled);
        Assert.Equal(20, api.ReadCounter("webhook.processed"));

        // Each event belongs to its own lead and delivery.
        Assert.Equal(20, await _fixture.CountAsync("lead_events WHERE seq = 1 AND delivery_id = (data ->> 'delivery')::bigint"));
        Assert.Equal(20, await _fixture.ReadAsync<long>("SELECT count(DISTINCT delivery_id) FROM lead_events"));
    }

    [Fact]
    public async Task A_batch_size_of_one_gives_each_delivery_a_transaction_of_its_own()
    {
        await using var api = Start(("Inbox:BatchSize", "1"));
        await InsertAsync(5);

        Assert.Equal(5, await api.DrainAsync());

        Assert.Equal(5, await _fixture.ReadAsync<long>(CountTransactions));
    }

    [Fact]
    public async Task A_delivery_that_fails_in_a_batch_costs_only_itself_an_attempt()
    {
        await using var api = Start();
        await InsertAsync(20);
        _script.AfterWrite = (delivery, _) => delivery.Id == 7 ? throw new InvalidOperationException("broken on purpose") : Task.CompletedTask;

        Assert.Equal(20, await api.DrainAsync());

        Assert.Equal(19, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal([7], await _fixture.ListAsync<long>("SELECT id FROM inbox WHERE state = 'pending' AND attempts = 1"));
        Assert.Equal([7], await _fixture.ListAsync<long>("SELECT delivery_id FROM delivery_attempts"));
        Assert.Equal(19, await _fixture.CountAsync("leads"));
        Assert.Equal(19, await _fixture.CountAsync("lead_events"));
        Assert.Equal(1, api.ReadCounter("webhook.retried"));
    }

    [Fact]
    public async Task A_delivery_that_fails_before_it_writes_leaves_the_transaction_of_the_others()
    {
        await using var api = Start();
        await InsertAsync(20);
        _script.BeforeWrite = (delivery, _) => delivery.Id switch
        {
            3 => throw new FormatException("unreadable on purpose"),
            4 => Task.FromResult(DeliveryResult.Unroutable("a test")),
            _ => Task.FromResult(DeliveryResult.Done),
        };

        Assert.Equal(20, await api.DrainAsync());

        Assert.Equal(18, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal(1, await _fixture.ReadAsync<long>(CountTransactions));
        Assert.Equal(
            ["3 malformed", "4 unroutable"],
            await _fixture.ListAsync<string>("SELECT id || ' ' || parked_as FROM inbox WHERE state = 'parked' ORDER BY id"));
    }

    [Fact]
    public async Task A_delivery_that_is_parked_after_it_has_written_leaves_nothing_behind()
    {
        await using var api = Start();
        await InsertAsync(6);
        _script.Parked = 2;

        Assert.Equal(6, await api.DrainAsync());

        Assert.Equal("parked", await _fixture.ReadAsync<string>("SELECT state FROM inbox WHERE id = 2"));
        Assert.Equal(5, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal(5, await _fixture.CountAsync("leads"));
    }

    [Fact]
    public async Task A_lease_that_is_lost_in_a_batch_costs_the_other_deliveries_nothing()
    {
        await using var api = Start();
        await InsertAsync(10);
        var isClaimed = false;
        _script.AfterWrite = async (delivery, _) =>
        {
            if (delivery.Id == 5 && !isClaimed)
            {
                isClaimed = true;
                await _fixture.ExecuteAsync("UPDATE inbox SET attempts = attempts + 1, lease_until = '2027-01-01', due_at = '2027-01-01' WHERE id = 5");
            }
        };

        Assert.Equal(10, await api.DrainAsync());

        Assert.Equal(9, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal("pending 2", await _fixture.ReadAsync<string>("SELECT state || ' ' || attempts FROM inbox WHERE id = 5"));
        Assert.Equal(9, await _fixture.CountAsync("leads"));
        Assert.Equal(0, await _fixture.CountAsync("delivery_attempts"));
    }

    [Fact]
    public async Task Two_batches_that_lock_each_other_out_cost_no_delivery_an_attempt()
    {
        await using var api = Start(("Inbox:Concurrency", "2"));
        await InsertAsync(7);
        using var bothHaveTheirFirstLock = new Barrier(2);
        _script.AfterWrite = async (delivery, work) =>
        {
            // The batches are 1 to 4 and 5, 6. The first locks one and then two, the second two and then one.
            if (delivery.Id is 1 or 2 or 5 or 6)
            {
                await LockAsync(work, delivery.Id is 1 or 6 ? "one" : "two");
            }

            if (delivery.Id is 1 or 5 && _script.Handled.Count <= 2)
            {
                await Task.Run(bothHaveTheirFirstLock.SignalAndWait);
            }
        };

        Assert.Equal(7, await api.DrainAsync());

        Assert.Equal(7, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal(7, await _fixture.CountAsync("leads"));
        Assert.Equal(0, await _fixture.CountAsync("delivery_attempts"));
        Assert.Contains(api.Logs.Entries, entry => entry.Contains("PostgresException beside other deliveries", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliveries_that_wait_behind_slow_ones_are_given_back_and_lose_no_attempt()
    {
        await InsertAsync(10);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.AfterWrite = (_, _) => release.Task;
        await using var api = Start(("Inbox:ProcessDeliveries", "true"), ("Inbox:BatchSize", "1"));
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE lease_until IS NOT NULL") == 10, "every delivery to be claimed");
        await Wait.UntilAsync(() => _script.Handled.Count == 1, "the first handler");

        _fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await Wait.UntilAsync(
            async () => await _fixture.CountAsync("inbox WHERE lease_until IS NULL AND attempts = 1 AND attempts_uncounted = 1") == 9,
            "nine deliveries to be given back");
        await using (var other = Start())
        {
            _script.AfterWrite = (_, _) => Task.CompletedTask;
            Assert.Equal(9, await other.DrainAsync());
        }

        release.SetResult();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE state = 'done'") == 10, "every delivery to be done");
        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE attempts - attempts_uncounted <> 1"));
    }

    private static async Task LockAsync(UnitOfWork work, string name)
    {
        await using var command = work.CreateCommand($"SELECT pg_advisory_xact_lock(hashtext('{name}'))");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    // One lane, so that its share is all that waits.
    private WebhookApiInstance Start(params (string, string?)[] settings) => _fixture.Start(
        instance => instance.With(services =>
        {
            services.AddSingleton(_script);
            services.AddDeliveryHandler<ScriptedHandler>(Topic);
        }),
        [("Inbox:Concurrency", "1"), .. settings]);

    private Task InsertAsync(int rows) => _fixture.ExecuteAsync($"""
        INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
        SELECT 'test', '{Topic}', 'key' || i, 'key' || i, '', '', '{"{}"}', '2026-11-01', '2026-11-01' FROM generate_series(1, {rows}) AS i
        """);

    /// <summary>What the handler does besides writing a lead and an event.</summary>
    private sealed class Script
    {
        public ConcurrentQueue<long> Handled { get; } = new();

        public long? Parked { get; set; }

        public Func<InboxDelivery, UnitOfWork, Task<DeliveryResult>> BeforeWrite { get; set; } = (_, _) => Task.FromResult(DeliveryResult.Done);

        public Func<InboxDelivery, UnitOfWork, Task> AfterWrite { get; set; } = (_, _) => Task.CompletedTask;
    }

    private sealed class ScriptedHandler(Script script, LeadStore leads) : IDeliveryHandler
    {
        public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            script.Handled.Enqueue(delivery.Id);
            if (await script.BeforeWrite(delivery, work) is { Parking: not null } result)
            {
                return result;
            }

            var lead = await leads.CreateAsync(work, cancellationToken);
            work.Raise(lead, LeadEventTypes.LeadCreated, delivery.ReceivedAt, new { Delivery = delivery.Id });
            await script.AfterWrite(delivery, work);
            return delivery.Id == script.Parked ? DeliveryResult.Unroutable("a test") : DeliveryResult.Done;
        }
    }
}
