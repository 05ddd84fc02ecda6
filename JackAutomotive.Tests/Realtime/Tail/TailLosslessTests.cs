using System.Collections.Concurrent;
using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>Streams of many leads show every event once, however transactions overlap and whichever hints are lost.</summary>
public sealed class TailLosslessTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_that_commits_late_is_not_missed_and_is_shown_before_later_writes()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (slow, quick) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.WatchManyAsync($"?lead={slow}&lead={quick}");

        await using var work = await Work.BeginAsync(fixture);
        await work.AppendAsync(slow);
        await fixture.RaiseAsync(quick);
        await fixture.RaiseAsync(quick);
        await using var otherInstance = await fixture.StartInstanceAsync();
        await using var later = await instance.WatchManyAsync($"?lead={slow}&lead={quick}");
        await using var first = await otherInstance.WatchManyAsync($"?lead={slow}&lead={quick}");
        await work.CommitAsync();
        await fixture.PublishHintAsync();

        await Wait.UntilAsync(() => client.Places.Count == 3, "all three events");
        Assert.Equal([(slow.Value, 1L), (quick.Value, 1L), (quick.Value, 2L)], client.Places);
        foreach (var stream in new[] { later, first })
        {
            await Wait.UntilAsync(() => stream.Places.Contains((slow.Value, 1L)), "the event that was not visible when the stream began");
        }
    }

    [Fact]
    public async Task A_rolled_back_write_delays_later_events_only_briefly()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (undone, lead) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.WatchManyAsync($"?lead={lead}");
        await using (var work = await Work.BeginAsync(fixture))
        {
            await work.AppendAsync(undone);
            await fixture.RaiseAsync(lead);
        }

        await Wait.UntilAsync(() => client.Places.Count == 1, "what follows the gap");
    }

    [Fact]
    public async Task Events_of_one_lead_keep_their_order_when_the_older_transaction_writes_the_later_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (lead, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.WatchManyAsync($"?lead={lead}");

        // Three transactions get ids in this order. The middle one stays open, so only the first is older than every open writer.
        await using var first = await Work.BeginAsync(fixture);
        await using var middle = await Work.BeginAsync(fixture);
        await using var last = await Work.BeginAsync(fixture);
        await last.AppendAsync(lead);
        await last.CommitAsync();
        await first.AppendAsync(lead);
        await first.CommitAsync();
        await fixture.PublishHintAsync();

        await Wait.UntilAsync(() => client.Places.Count == 2, "both events");
        Assert.Equal([(lead.Value, 1L), (lead.Value, 2L)], client.Places);
        await middle.AppendAsync(other);
    }

    [Fact]
    public async Task The_sweep_finds_an_event_that_no_hint_announced()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchManyAsync($"?lead={lead}");
        await fixture.AppendAsync(lead);
        await Wait.UntilAsync(() => client.Places.Count == 1, "the event");
    }

    [Fact]
    public async Task Clients_that_resume_on_either_instance_see_every_event_once_and_in_order_during_concurrent_writes()
    {
        await using var instanceA = await fixture.StartInstanceAsync(
            ("PageSize", "20"), ("TailRecentBytes", "4000"), ("SweepInterval", "00:00:00.200"));
        await using var instanceB = await fixture.StartInstanceAsync(("PageSize", "7"), ("SweepInterval", "00:00:00.200"));
        RealtimeInstance[] instances = [instanceA, instanceB];
        var leads = new LeadId[8];
        for (var i = 0; i < leads.Length; i++)
        {
            leads[i] = await fixture.AddLeadAsync();
        }

        var query = "?" + string.Join('&', leads.Select(lead => $"lead={lead}"));
        using var written = new CancellationTokenSource();
        var committed = new ConcurrentBag<Guid>();
        var readers = Enumerable.Range(0, 4).Select(i => StartReader(instances, query, new Random(i), written.Token)).ToList();
        var staying = await instanceA.WatchManyAsync(query);
        await Wait.UntilAsync(() => readers.TrueForAll(reader => reader.Began.IsCompleted), "the readers");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(leads, new Random(100 + i), committed), Cancellation)));
        await written.CancelAsync();

        var expected = leads.SelectMany(lead => Enumerable.Range(1, committed.Count(id => id == lead.Value)).Select(seq => (lead.Value, (long)seq)))
            .Order().ToList();
        await fixture.PublishHintAsync();
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
            var chosen = leads.Where(_ => random.Next(leads.Length) == 0).OrderBy(lead => lead.Value).ToList();
            foreach (var lead in chosen)
            {
                await work.AppendAsync(lead);
                if (random.Next(4) == 0)
                {
                    await Task.Delay(random.Next(30), Cancellation);
                }
            }

            if (random.Next(5) == 0)
            {
                continue; // Disposal rolls the transaction back.
            }

            await work.CommitAsync();
            chosen.ForEach(lead => committed.Add(lead.Value));
            if (random.Next(3) > 0)
            {
                await fixture.PublishHintAsync();
            }
        }
    }

    private static Reader StartReader(RealtimeInstance[] instances, string query, Random random, CancellationToken written) =>
        new(instances, $"{query}&type=sms_received", random, written);

    /// <summary>A client that disconnects repeatedly and resumes on a random instance.</summary>
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
            _running = Task.Run(() => RunAsync(random, written), Cancellation);
        }

        public Task Began => _began.Task;

        public async Task<List<(Guid Lead, long Seq)>> FinishAsync(int count)
        {
            await _running;
            var before = _seen.Count;
            await using var client = await _instances[0].WatchManyAsync(_query, _lastEventId);
            await Wait.UntilAsync(() => before + client.Places.Count >= count, $"{count} events, {before} of them before");
            return [.. _seen, .. client.Places];
        }

        private async Task RunAsync(Random random, CancellationToken written)
        {
            while (!written.IsCancellationRequested)
            {
                var client = await _instances[random.Next(_instances.Length)].WatchManyAsync(_query, _lastEventId);
                _began.TrySetResult();
                await Task.Delay(random.Next(60), Cancellation);
                await client.DisposeAsync();
                Assert.DoesNotContain(client.Items, item => item.EventType == "reset");
                _seen.AddRange(client.Places);

                // The id of the last complete event. The parser's own last id can be that of an event that has arrived only in part.
                _lastEventId = long.Parse(client.Items[^1].EventId!, CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>A transaction that gets its id when it begins, as in a handler, which writes at once.</summary>
    private sealed class Work(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Work> BeginAsync(RealtimeFixture fixture)
        {
            var connection = await fixture.Database.OpenConnectionAsync(Cancellation);
            var work = new Work(connection, await connection.BeginTransactionAsync(Cancellation));
            await using var command = new NpgsqlCommand("SELECT pg_current_xact_id()", connection);
            await command.ExecuteScalarAsync(Cancellation);
            return work;
        }

        public async Task AppendAsync(LeadId lead)
        {
            await using var command = new NpgsqlCommand(RealtimeFixture.AppendSql, connection, transaction);
            foreach (var value in new object[] { lead.Value, LeadEventTypes.SmsReceived, DateTime.UtcNow, "{}", DBNull.Value })
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await command.ExecuteScalarAsync(Cancellation);
        }

        public Task CommitAsync() => transaction.CommitAsync(Cancellation);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
