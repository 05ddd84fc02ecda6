extern alias realtime;

using System.Collections.Concurrent;
using System.Globalization;
using JackAutomotive.Tests.Fixtures;
using Npgsql;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>Streams of many leads miss and double nothing, however transactions overlap and whatever hints are lost.</summary>
public sealed class TailLosslessTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_commits_late_is_neither_missed_nor_shown_after_what_was_written_later()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (slow, quick) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.FollowAsync($"?lead={slow}&lead={quick}");

        await using var work = await Work.BeginAsync(fixture);
        await work.AppendAsync(slow);
        await fixture.RaiseAsync(quick);
        await fixture.RaiseAsync(quick);
        await using var another = await fixture.StartInstanceAsync();
        await using var later = await instance.FollowAsync($"?lead={slow}&lead={quick}");
        await using var first = await another.FollowAsync($"?lead={slow}&lead={quick}");
        await work.CommitAsync();
        await fixture.HintAsync();

        await Wait.UntilAsync(() => client.Places.Count == 3, "all three");
        Assert.Equal([(slow.Value, 1L), (quick.Value, 1L), (quick.Value, 2L)], client.Places);
        foreach (var began in new[] { later, first })
        {
            await Wait.UntilAsync(() => began.Places.Contains((slow.Value, 1L)), "what was not visible when the stream began");
        }
    }

    [Fact]
    public async Task What_was_undone_holds_nothing_back_for_long()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (undone, lead) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.FollowAsync($"?lead={lead}");
        await using (var work = await Work.BeginAsync(fixture))
        {
            await work.AppendAsync(undone);
            await fixture.RaiseAsync(lead);
        }

        await Wait.UntilAsync(() => client.Places.Count == 1, "what follows the gap");
    }

    [Fact]
    public async Task One_leads_events_keep_their_order_though_the_older_transaction_writes_the_later_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (lead, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.FollowAsync($"?lead={lead}");

        // Three transactions with ids in this order; the one in the middle goes on, so that only the first is older than all who write.
        await using var first = await Work.BeginAsync(fixture);
        await using var middle = await Work.BeginAsync(fixture);
        await using var last = await Work.BeginAsync(fixture);
        await last.AppendAsync(lead);
        await last.CommitAsync();
        await first.AppendAsync(lead);
        await first.CommitAsync();
        await fixture.HintAsync();

        await Wait.UntilAsync(() => client.Places.Count == 2, "both");
        Assert.Equal([(lead.Value, 1L), (lead.Value, 2L)], client.Places);
        await middle.AppendAsync(other);
    }

    [Fact]
    public async Task An_event_of_which_nobody_told_is_found()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.FollowAsync($"?lead={lead}");
        await fixture.AppendAsync(lead);
        await Wait.UntilAsync(() => client.Places.Count == 1, "the event");
    }

    [Fact]
    public async Task Nothing_is_missed_doubled_or_out_of_order_while_many_write_and_clients_come_back_on_either_instance()
    {
        await using var one = await fixture.StartInstanceAsync(("PageSize", "20"), ("TailRecentBytes", "4000"), ("SweepInterval", "00:00:00.200"));
        await using var two = await fixture.StartInstanceAsync(("PageSize", "7"), ("SweepInterval", "00:00:00.200"));
        RealtimeInstance[] instances = [one, two];
        var leads = new LeadId[8];
        for (var i = 0; i < leads.Length; i++)
        {
            leads[i] = await fixture.AddLeadAsync();
        }

        var query = "?" + string.Join('&', leads.Select(lead => $"lead={lead}"));
        using var written = new CancellationTokenSource();
        var committed = new ConcurrentBag<Guid>();
        var readers = Enumerable.Range(0, 4).Select(i => FollowAsync(instances, query, new Random(i), written.Token)).ToList();
        var staying = await one.FollowAsync(query);
        await Wait.UntilAsync(() => readers.TrueForAll(reader => reader.Began.IsCompleted), "the readers");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(leads, new Random(100 + i), committed), Cancelled)));
        await written.CancelAsync();

        var expected = leads.SelectMany(lead => Enumerable.Range(1, committed.Count(id => id == lead.Value)).Select(seq => (lead.Value, (long)seq)))
            .Order().ToList();
        await fixture.HintAsync();
        foreach (var reader in readers)
        {
            var seen = await reader.FinishAsync(expected.Count);
            AssertComplete(expected, seen);
        }

        await Wait.UntilAsync(() => staying.Places.Count >= expected.Count, "everything on the stream that stayed");
        AssertComplete(expected, staying.Places);
        await staying.DisposeAsync();
    }

    private static void AssertComplete(List<(Guid, long)> expected, IReadOnlyList<(Guid Lead, long Seq)> seen)
    {
        Assert.Equal(expected, seen.Order());
        Assert.All(seen.GroupBy(place => place.Lead), log => Assert.Equal(log.Select(place => place.Seq).Order(), log.Select(place => place.Seq)));
    }

    private async Task WriteAsync(LeadId[] leads, Random random, ConcurrentBag<Guid> committed)
    {
        for (var i = 0; i < 40; i++)
        {
            await using var work = await Work.BeginAsync(fixture);
            var told = leads.Where(_ => random.Next(leads.Length) == 0).OrderBy(lead => lead.Value).ToList();
            foreach (var lead in told)
            {
                await work.AppendAsync(lead);
                if (random.Next(4) == 0)
                {
                    await Task.Delay(random.Next(30), Cancelled);
                }
            }

            if (random.Next(5) == 0)
            {
                continue; // undone
            }

            await work.CommitAsync();
            told.ForEach(lead => committed.Add(lead.Value));
            if (random.Next(3) > 0)
            {
                await fixture.HintAsync();
            }
        }
    }

    private static Reader FollowAsync(RealtimeInstance[] instances, string query, Random random, CancellationToken written) =>
        new(instances, $"{query}&type=sms_received", random, written);

    /// <summary>A client that leaves again and again, and resumes on any instance.</summary>
    private sealed class Reader
    {
        private readonly TaskCompletionSource _began = new();
        private readonly List<(Guid, long)> _seen = [];
        private readonly RealtimeInstance[] _instances;
        private readonly string _query;
        private readonly Task _running;
        private long? _lastEventId;

        public Reader(RealtimeInstance[] instances, string query, Random random, CancellationToken written)
        {
            (_instances, _query) = (instances, query);
            _running = Task.Run(() => RunAsync(random, written), Cancelled);
        }

        public Task Began => _began.Task;

        public async Task<List<(Guid Lead, long Seq)>> FinishAsync(int count)
        {
            await _running;
            var before = _seen.Count;
            await using var client = await _instances[0].FollowAsync(_query, _lastEventId);
            await Wait.UntilAsync(() => before + client.Places.Count >= count, $"{count} events, {before} of them before");
            return [.. _seen, .. client.Places];
        }

        private async Task RunAsync(Random random, CancellationToken written)
        {
            while (!written.IsCancellationRequested)
            {
                var client = await _instances[random.Next(_instances.Length)].FollowAsync(_query, _lastEventId);
                _began.TrySetResult();
                await Task.Delay(random.Next(60), Cancelled);
                await client.DisposeAsync();
                Assert.DoesNotContain(client.Items, item => item.EventType == "reset");
                _seen.AddRange(client.Places);

                // Not the parser's own last id, which is that of an event of which not all has come yet.
                _lastEventId = long.Parse(client.Items[^1].EventId!, CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>A transaction that writes at once, as handlers do, and tells of it at its end.</summary>
    private sealed class Work(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Work> BeginAsync(RealtimeFixture fixture)
        {
            var connection = await fixture.Database.OpenConnectionAsync(Cancelled);
            var work = new Work(connection, await connection.BeginTransactionAsync(Cancelled));
            await using var command = new NpgsqlCommand("SELECT pg_current_xact_id()", connection);
            await command.ExecuteScalarAsync(Cancelled);
            return work;
        }

        public async Task AppendAsync(LeadId lead)
        {
            await using var command = new NpgsqlCommand(RealtimeFixture.AppendSql, connection, transaction);
            foreach (var value in new object[] { lead.Value, LeadEventTypes.SmsReceived, DateTime.UtcNow, "{}", DBNull.Value })
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await command.ExecuteScalarAsync(Cancelled);
        }

        public Task CommitAsync() => transaction.CommitAsync(Cancelled);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
