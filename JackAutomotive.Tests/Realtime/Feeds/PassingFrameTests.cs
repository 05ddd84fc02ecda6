using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime;
using JackAutomotive.Realtime.Transport;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Feeds;

/// <summary>Passing frames reach only the clients that watch at that moment. The log does not contain them.</summary>
public sealed class PassingFrameTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const int Count = 300;

    [Fact]
    public async Task Passing_frames_reach_current_watchers_on_every_instance_in_order_and_are_never_replayed()
    {
        await using var instanceA = await fixture.StartInstanceAsync();
        await using var instanceB = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var clientA = await instanceA.WatchAsync(lead);
        await using var clientB = await instanceB.WatchAsync(lead);

        for (var i = 0; i < Count; i++)
        {
            await PublishPassingFrameAsync(lead, i);
            if (i % 100 == 50)
            {
                await fixture.RaiseAsync(lead);
            }
        }

        foreach (var client in new[] { clientA, clientB })
        {
            await Wait.UntilAsync(() => client.Passing.Count == Count, "all passing frames");
            await client.UntilAsync(3);
            Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), client.Passing.Select(ReadNumber));
            Assert.All(client.Passing, frame => Assert.Null(frame.EventId));
            Assert.Equal([1, 2, 3], client.Seqs);
            Assert.Equal("3", client.LastEventId);
        }

        await using var resumed = await instanceA.WatchAsync(lead, lastEventId: 1);
        await using var late = await instanceB.WatchAsync(lead, lastEventId: 0);
        await resumed.UntilAsync(3);
        await late.UntilAsync(3);
        await PublishPassingFrameAsync(lead, Count);
        await fixture.RaiseAsync(lead);
        await resumed.UntilAsync(4);
        await late.UntilAsync(4);
        Assert.Equal([2, 3, 4], resumed.Seqs);
        Assert.Equal([1, 2, 3, 4], late.Seqs);
        Assert.Equal([$"{Count}"], resumed.Passing.Select(ReadNumber));
        Assert.Equal([$"{Count}"], late.Passing.Select(ReadNumber));
    }

    [Fact]
    public async Task A_passing_frame_does_not_wait_for_a_gap_in_the_log_and_does_not_close_it()
    {
        await using var instance = await fixture.StartInstanceAsync(("GapPatience", "00:00:10"), ("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        var first = await fixture.AppendAsync(lead);
        await fixture.RaiseAsync(lead); // Seq 2 is published before seq 1.
        await PublishPassingFrameAsync(lead, 7);
        await Wait.UntilAsync(() => client.Passing.Count == 1, "the passing frame");
        Assert.Empty(client.Seqs);

        await fixture.PublishAsync(first);
        await client.UntilAsync(2);
        Assert.Equal([1, 2], client.Seqs);
    }

    [Fact]
    public async Task A_slow_client_misses_passing_frames_but_receives_every_event()
    {
        using var stream = new BlockedStream(new RealtimeOptions { BacklogBytes = 4000 });
        var watcher = stream.Watcher;
        var passing = Block.Of(Encoding.ASCII.GetBytes(new string('p', 300)));
        var logged = Block.Of(Encoding.ASCII.GetBytes(new string('e', 300)));

        for (var i = 0; i < 100; i++)
        {
            watcher.SendPassing(passing);
        }

        for (var i = 0; i < 10; i++)
        {
            watcher.Send(logged);
            watcher.SendPassing(passing);
        }

        Assert.False(watcher.IsEnding);
        stream.UnblockClient();
        watcher.End(Block.Of("end"u8));
        await Wait.UntilAsync(() => stream.IsComplete, "the stream to end");
        Assert.Equal(new string('p', 900) + new string('e', 3000) + "end", stream.Taken);
    }

    private Task PublishPassingFrameAsync(LeadId lead, int number)
    {
        var frame = LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, DateTimeOffset.UtcNow, $$"""{"n":{{number}}}""");
        return fixture.PublishAsync(lead, LeadMessage.EncodePassing(null, DateTimeOffset.UtcNow, frame));
    }

    private static string ReadNumber(System.Net.ServerSentEvents.SseItem<string> item) =>
        System.Text.Json.JsonDocument.Parse(item.Data).RootElement.GetProperty("data").GetProperty("n").GetRawText();
}
