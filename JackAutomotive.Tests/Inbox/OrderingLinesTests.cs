using System.Collections.Concurrent;
using System.Text.Json;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

/// <summary>One sender with thousands of pending deliveries neither slows the claims of the others nor loses its order.</summary>
public sealed class OrderingLinesTests(Servers servers) : IAsyncLifetime
{
    private const string Topic = "test.line";

    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly Handled _handled = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_looks_at_few_rows_however_many_deliveries_of_one_sender_wait(bool hasStatistics)
    {
        await _fixture.ExecuteAsync(InsertSql("done", "'old' || i", 20_000));
        await InsertLineAsync(20_000);
        await _fixture.ExecuteAsync(InsertSql("pending", "'other' || i", 50));
        await _fixture.ExecuteAsync(hasStatistics ? "VACUUM ANALYZE inbox" : "VACUUM inbox");
        var (claims, lines) = (Get<InboxClaims>(), Get<OrderingLines>());

        // One step looks at a thousand deliveries a few times over, not at all that wait.
        var formSql = OrderingLines.FormSql
            .Replace("$2", $"{OrderingLines.FormSize}", StringComparison.Ordinal)
            .Replace("$3", $"{OrderingLines.MinWaiting}", StringComparison.Ordinal);
        Assert.InRange(await CountRowsLookedAtAsync(formSql), 1, 15_000);
        while (await lines.FormAsync(Cancellation) > 0)
        {
        }

        Assert.InRange(await CountRowsLookedAtAsync(InboxClaims.ClaimSql), 1, 1000);
        var claimed = await claims.ClaimAsync(51, Cancellation);
        Assert.Equal(51, claimed.Count);
        Assert.InRange(await CountRowsLookedAtAsync(InboxClaims.ClaimSql), 0, 1000);

        // The next delivery of the sender comes forward, and nothing else.
        var first = claimed.MinBy(delivery => delivery.Id)!;
        await CompleteAsync(first);
        Assert.Equal(first.Id + 1, Assert.Single(await claims.ClaimAsync(8, Cancellation)).Id);
    }

    [Fact]
    public async Task A_long_line_is_handled_in_order_beside_other_senders()
    {
        await using var api = StartWithHandler();
        await InsertLineAsync(300);
        await _fixture.ExecuteAsync(InsertSql("pending", "'other' || i", 20));

        Assert.Equal(320, await api.DrainAsync());

        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state <> 'done'"));
        var handled = _handled.Ids.Where(id => id <= 300).ToList();
        Assert.Equal(handled.Order(), handled);
        Assert.Equal(300, handled.Count);

        // The others do not wait for the end of the line.
        Assert.Contains(_handled.Ids.Take(60), id => id > 300);
    }

    [Fact]
    public async Task A_parked_delivery_at_the_head_of_a_line_lets_the_next_one_come_forward()
    {
        await using var api = StartWithHandler();
        await InsertLineAsync(200);
        _handled.ParkedIds = [1, 2, 150];

        Assert.Equal(200, await api.DrainAsync());

        Assert.Equal(3, await _fixture.CountAsync("inbox WHERE state = 'parked'"));
        Assert.Equal(197, await _fixture.CountAsync("inbox WHERE state = 'done'"));
    }

    [Fact]
    public async Task A_line_whose_head_was_deleted_goes_on()
    {
        await using var api = StartWithHandler();
        await InsertLineAsync(200);
        Assert.True(await Get<OrderingLines>().FormAsync(Cancellation) > 0);
        await _fixture.ExecuteAsync("DELETE FROM inbox WHERE id <= 10");

        Assert.Equal(190, await api.DrainAsync());

        Assert.Equal(0, await _fixture.CountAsync("inbox WHERE state <> 'done'"));
    }

    [Fact]
    public async Task Concurrent_instances_handle_a_line_in_order_while_it_grows()
    {
        await using var one = StartWithHandler();
        await using var two = StartWithHandler();
        for (var round = 0; round < 4; round++)
        {
            await InsertLineAsync(150);
            await Task.WhenAll(one.DrainAsync(), two.DrainAsync(), Get<OrderingLines>().FormAsync(Cancellation));
        }

        await one.DrainAsync();

        Assert.Equal(600, await _fixture.CountAsync("inbox WHERE state = 'done' AND attempts = 1"));
        Assert.Equal(_handled.Ids.Order(), _handled.Ids);
    }

    private WebhookApiInstance StartWithHandler() => _fixture.Start(instance => instance.With(services =>
    {
        services.AddSingleton(_handled);
        services.AddDeliveryHandler<RecordingHandler>(Topic);
    }));

    private T Get<T>()
        where T : notnull => _fixture.Instance.Services.GetRequiredService<T>();

    private Task InsertLineAsync(int rows) => _fixture.ExecuteAsync(InsertSql("pending", "'one sender'", rows));

    // The rows are due at the clock of the fixture, which stands still.
    private static string InsertSql(string state, string key, int rows) => $"""
        INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, state, due_at, received_at)
        SELECT 'test', '{Topic}', gen_random_uuid()::text, {key}, '', '', '{"{}"}', '{state}', '2026-11-01', '2026-11-01'
        FROM generate_series(1, {rows}) AS i
        """;

    private async Task CompleteAsync(InboxDelivery delivery)
    {
        await using var work = await Get<UnitOfWorkFactory>().BeginAsync(deliveryId: null, Cancellation);
        Assert.True(await Get<InboxClaims>().CompleteAsync(work, delivery, Cancellation));
        await work.CommitAsync(Cancellation);
    }

    /// <summary>Runs the statement, undoes it, and returns how many rows all steps of its plan read.</summary>
    private async Task<long> CountRowsLookedAtAsync(string sql)
    {
        await using var connection = await _fixture.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN (ANALYZE, FORMAT JSON) " + sql
            .Replace("$1", "timestamptz '2026-11-23 12:00Z'", StringComparison.Ordinal)
            .Replace("$2", "8", StringComparison.Ordinal)
            .Replace("$3", "timestamptz '2026-11-23 12:01Z'", StringComparison.Ordinal);
        var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Cancellation))!);
        await transaction.RollbackAsync(Cancellation);
        return CountRows(plan.RootElement[0].GetProperty("Plan"));
    }

    private static long CountRows(JsonElement node)
    {
        var perLoop = Read(node, "Actual Rows") + Read(node, "Rows Removed by Filter") + Read(node, "Rows Removed by Index Recheck");
        var children = node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().Sum(CountRows) : 0;
        return (long)(perLoop * Read(node, "Actual Loops")) + children;
    }

    private static double Read(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;

    /// <summary>What the handler did.</summary>
    private sealed class Handled
    {
        public ConcurrentQueue<long> Ids { get; } = new();

        public HashSet<long> ParkedIds { get; set; } = [];
    }

    private sealed class RecordingHandler(Handled handled) : IDeliveryHandler
    {
        public Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            handled.Ids.Enqueue(delivery.Id);
            return Task.FromResult(handled.ParkedIds.Contains(delivery.Id) ? DeliveryResult.Unroutable("a test") : DeliveryResult.Done);
        }
    }
}
