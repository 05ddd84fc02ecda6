extern alias realtime;

using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime;

/// <summary>Whatever Redis does to messages, a stream shows every event once and in order.</summary>
public sealed class LosslessTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    // So long that only what a test is about can have repaired anything.
    private static readonly (string, string) s_noSweep = ("SweepInterval", "00:10:00");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Publishes_that_are_lost_doubled_or_shuffled_leave_neither_gap_nor_double(int seed)
    {
        await using var one = await fixture.StartInstanceAsync(s_noSweep);
        await using var two = await fixture.StartInstanceAsync(s_noSweep);
        var lead = await fixture.AddLeadAsync();
        await using var a = await one.WatchAsync(lead);
        await using var b = await two.WatchAsync(lead);

        var events = new List<LeadEvent>();
        for (var i = 0; i < 300; i++)
        {
            events.Add(await fixture.AppendAsync(lead));
        }

        foreach (var e in Disturb(events, new Random(seed)))
        {
            await fixture.PublishAsync(e);
        }

        await a.UntilAsync(300);
        await b.UntilAsync(300);
        Assert.Equal(Seqs(300), a.Seqs);
        Assert.Equal(Seqs(300), b.Seqs);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_client_that_comes_and_goes_at_random_sees_every_seq_once(int seed)
    {
        await using var one = await fixture.StartInstanceAsync(("PageSize", "7"), ("RecentBytes", "1000"));
        await using var two = await fixture.StartInstanceAsync(("PageSize", "7"), ("RecentBytes", "0"));
        var lead = await fixture.AddLeadAsync();
        const int Total = 400;

        var raising = Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < Total; i++)
            {
                var e = await fixture.AppendAsync(lead);
                if (random.Next(10) > 0)
                {
                    await fixture.PublishAsync(e);
                }
            }

            await fixture.RaiseAsync(lead);
        }, TestContext.Current.CancellationToken);

        var clients = Enumerable.Range(0, 4)
            .Select(i => ComeAndGoAsync(i % 2 == 0 ? one : two, lead, Total + 1, new Random((seed * 100) + i)));
        foreach (var seen in await Task.WhenAll(clients))
        {
            Assert.Equal(Seqs(Total + 1), seen);
        }

        await raising;
    }

    [Fact]
    public async Task A_hole_is_filled_from_Postgres_before_anything_later_is_shown()
    {
        await using var instance = await fixture.StartInstanceAsync(s_noSweep, ("GapPatience", "00:00:00"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        await fixture.AppendAsync(lead);
        await fixture.AppendAsync(lead);
        await fixture.RaiseAsync(lead);

        await client.UntilAsync(3);
        Assert.Equal([1L, 2L, 3L], client.Seqs);
    }

    [Fact]
    public async Task A_last_event_whose_publish_was_lost_is_found_by_the_sweep()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        await fixture.AppendAsync(lead);

        await client.UntilAsync(1);
    }

    [Fact]
    public async Task A_message_that_is_no_event_or_was_never_logged_harms_nobody()
    {
        await using var instance = await fixture.StartInstanceAsync(s_noSweep);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        await fixture.PublishAsync(lead, "no event at all"u8.ToArray());
        await fixture.PublishAsync(lead, "-\nid: 77\nevent: x\ndata: {}\n\n"u8.ToArray());
        await fixture.RaiseAsync(lead);
        await fixture.RaiseAsync(lead);

        await client.UntilAsync(2);
        Assert.Equal([1L, 2L], client.Seqs);
    }

    [Fact]
    public async Task A_lead_that_nobody_watches_any_more_is_forgotten_and_can_be_watched_again()
    {
        await using var instance = await fixture.StartInstanceAsync(("Linger", "00:00:00"), ("SweepInterval", "00:00:00.050"));
        var lead = await fixture.AddLeadAsync();
        for (var round = 1; round <= 5; round++)
        {
            await using (var client = await instance.WatchAsync(lead))
            {
                await fixture.RaiseAsync(lead);
                await client.UntilAsync(round);
            }

            await Wait.UntilAsync(() => instance.LeadsWatched == 0, "the lead to be forgotten");
        }
    }

    private static async Task<List<long>> ComeAndGoAsync(RealtimeInstance instance, LeadId lead, int total, Random random)
    {
        var seen = new List<long>();
        while (seen.Count < total)
        {
            await using var client = await instance.WatchAsync(lead, lastEventId: seen.LastOrDefault());
            var leaveAt = Math.Min(total, seen.Count + random.Next(1, 60));
            await Wait.UntilAsync(() => seen.Count + client.Seqs.Count >= leaveAt, $"{leaveAt} events");
            seen.AddRange(client.Seqs);
        }

        return seen;
    }

    // A tenth is lost, a tenth comes twice, and neighbours change places; the last one comes, since nothing else would tell that it exists.
    private static IEnumerable<LeadEvent> Disturb(List<LeadEvent> events, Random random) => events[..^1]
        .Where(_ => random.Next(10) > 0)
        .SelectMany(e => Enumerable.Repeat(e, random.Next(10) == 0 ? 2 : 1))
        .OrderBy(e => e.Seq + random.Next(6))
        .Append(events[^1]);

    private static IEnumerable<long> Seqs(int count) => Enumerable.Range(1, count).Select(i => (long)i);
}
