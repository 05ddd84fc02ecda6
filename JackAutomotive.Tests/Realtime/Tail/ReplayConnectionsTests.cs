using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>Streams that resume together share few connections to Postgres.</summary>
public sealed class ReplayConnectionsTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const string BlockedSql = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%lead_events%' AND query NOT LIKE '%pg_stat_activity%'
        """;

    [Fact]
    public async Task Replays_of_streams_of_many_leads_and_snapshots_use_at_most_eight_connections()
    {
        const int Streams = 30;
        await using var instance = await fixture.StartInstanceAsync(("TailRecentBytes", "0"), ("RecentBytes", "0"), ("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendManyAsync(lead, 50);
        await using var first = await instance.WatchManyAsync();
        await using var connection = await fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var block = connection.CreateCommand();
        block.CommandText = "LOCK TABLE lead_events IN ACCESS EXCLUSIVE MODE";
        await block.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        // Each stream has begun, so its replay has reached the gate.
        var resumed = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => instance.WatchManyAsync(lastEventId: 0)));
        var snapshots = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SseClient.OpenAsync(instance, lead, query: "?snapshot=true")));
        await Wait.UntilAsync(async () => await CountBlockedAsync() >= LogReadSlots.MaxConcurrentReads, "the replays that wait for the table");
        for (var i = 0; i < 20; i++)
        {
            // The reader of the tail itself may wait for the table, too.
            Assert.InRange(await CountBlockedAsync(), 0, LogReadSlots.MaxConcurrentReads + 1);
        }

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        foreach (var stream in resumed)
        {
            await Wait.UntilAsync(() => stream.Events.Count == 50, "the replay");
            await stream.DisposeAsync();
        }

        foreach (var stream in snapshots)
        {
            await Wait.UntilAsync(() => stream.Items.Any(item => item.EventType == "snapshot"), "the snapshot");
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_request_without_an_answer_does_not_wait_for_ever_for_its_turn()
    {
        using var slots = new LogReadSlots();
        var release = new TaskCompletionSource<int>();
        var reads = Enumerable.Range(0, LogReadSlots.MaxConcurrentReads)
            .Select(_ => slots.ReadAsync(_ => release.Task, TestContext.Current.CancellationToken)).ToArray();

        await Assert.ThrowsAsync<TimeoutException>(
            () => slots.ReadForRequestAsync(_ => Task.FromResult(1), TestContext.Current.CancellationToken));

        release.SetResult(1);
        await Task.WhenAll(reads);
        Assert.Equal(2, await slots.ReadForRequestAsync(_ => Task.FromResult(2), TestContext.Current.CancellationToken));
    }

    private async Task<long> CountBlockedAsync()
    {
        await using var command = fixture.Database.CreateCommand(BlockedSql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
