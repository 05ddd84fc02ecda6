using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>A stream shows every event once and in order, whatever happens to messages in Redis.</summary>
public sealed class LosslessTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    // The interval is so long that only the mechanism under test can repair a gap.
    private static readonly (string, string) s_noSweep = ("SweepInterval", "00:10:00");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Lost_duplicated_and_reordered_publishes_cause_no_gap_and_no_duplicate(int seed)
    {
        await using var instanceA = await fixture.StartInstanceAsync(s_noSweep);
        await using var instanceB = await fixture.StartInstanceAsync(s_noSweep);
        var lead = await fixture.AddLeadAsync();
        await using var clientA = await instanceA.WatchAsync(lead);
        await using var clientB = await instanceB.WatchAsync(lead);

        var events = new List<LeadEvent>();
        for (var i = 0; i < 300; i++)
        {
            events.Add(await fixture.AppendAsync(lead));
        }

        foreach (var e in Disturb(events, new Random(seed)))
        {
            await fixture.PublishAsync(e);
        }

        await clientA.UntilAsync(300);
        await clientB.UntilAsync(300);
        Assert.Equal(Seqs(300), clientA.Seqs);
        Assert.Equal(Seqs(300), clientB.Seqs);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_client_that_disconnects_and_resumes_at_random_sees_every_seq_once(int seed)
    {
        await using var instanceA = await fixture.StartInstanceAsync(("PageSize", "7"), ("RecentBytes", "1000"));
        await using var instanceB = await fixture.StartInstanceAsync(("PageSize", "7"), ("RecentBytes", "0"));
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
            .Select(i => DisconnectAndResumeAsync(i % 2 == 0 ? instanceA : instanceB, lead, Total + 1, new Random((seed * 100) + i)));
        foreach (var seen in await Task.WhenAll(clients))
        {
            Assert.Equal(Seqs(Total + 1), seen);
        }

        await raising;
    }

    [Fact]
    public async Task A_gap_is_filled_from_Postgres_before_later_events_are_shown()
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
    public async Task The_sweep_finds_the_last_event_when_its_publish_is_lost()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        await fixture.AppendAsync(lead);

        await client.UntilAsync(1);
    }

    [Fact]
    public async Task A_malformed_message_and_an_event_that_the_log_does_not_have_are_ignored()
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
    public async Task A_lead_without_watchers_is_released_and_can_be_watched_again()
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

            await Wait.UntilAsync(() => instance.WatchedLeadCount == 0, "the lead to be released");
        }
    }

    private static async Task<List<long>> DisconnectAndResumeAsync(RealtimeInstance instance, LeadId lead, int total, Random random)
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

    // Loses a tenth of the events, duplicates a tenth and reorders neighbours. Keeps the last event: nothing else would announce it.
    private static IEnumerable<LeadEvent> Disturb(List<LeadEvent> events, Random random) => events[..^1]
        .Where(_ => random.Next(10) > 0)
        .SelectMany(e => Enumerable.Repeat(e, random.Next(10) == 0 ? 2 : 1))
        .OrderBy(e => e.Seq + random.Next(6))
        .Append(events[^1]);

    private static IEnumerable<long> Seqs(int count) => Enumerable.Range(1, count).Select(i => (long)i);
}
