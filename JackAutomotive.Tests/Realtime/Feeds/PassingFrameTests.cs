extern alias realtime;

using System.Text;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;
using realtime::JackAutomotive.Realtime.Connections;
using realtime::JackAutomotive.Realtime.Events;

namespace JackAutomotive.Tests.Realtime;

/// <summary>Frames that are for those who watch now, and have no place in the log.</summary>
public sealed class PassingFrameTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const int Count = 300;

    [Fact]
    public async Task Watchers_on_two_instances_see_them_in_order_between_the_events_and_nobody_sees_them_later()
    {
        await using var one = await fixture.StartInstanceAsync();
        await using var two = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var a = await one.WatchAsync(lead);
        await using var b = await two.WatchAsync(lead);

        for (var i = 0; i < Count; i++)
        {
            await PassAsync(lead, i);
            if (i % 100 == 50)
            {
                await fixture.RaiseAsync(lead);
            }
        }

        foreach (var client in new[] { a, b })
        {
            await Wait.UntilAsync(() => client.Passing.Count == Count, "all passing frames");
            await client.UntilAsync(3);
            Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), client.Passing.Select(NumberOf));
            Assert.All(client.Passing, frame => Assert.Null(frame.EventId));
            Assert.Equal([1, 2, 3], client.Seqs);
            Assert.Equal("3", client.LastEventId);
        }

        await using var resumed = await one.WatchAsync(lead, lastEventId: 1);
        await using var late = await two.WatchAsync(lead, lastEventId: 0);
        await resumed.UntilAsync(3);
        await late.UntilAsync(3);
        await PassAsync(lead, Count);
        await fixture.RaiseAsync(lead);
        await resumed.UntilAsync(4);
        await late.UntilAsync(4);
        Assert.Equal([2, 3, 4], resumed.Seqs);
        Assert.Equal([1, 2, 3, 4], late.Seqs);
        Assert.Equal([$"{Count}"], resumed.Passing.Select(NumberOf));
        Assert.Equal([$"{Count}"], late.Passing.Select(NumberOf));
    }

    [Fact]
    public async Task They_neither_wait_for_a_gap_in_the_log_nor_hide_or_close_it()
    {
        await using var instance = await fixture.StartInstanceAsync(("GapPatience", "00:00:10"), ("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        var first = await fixture.AppendAsync(lead);
        await fixture.RaiseAsync(lead); // 2, while 1 was not published
        await PassAsync(lead, 7);
        await Wait.UntilAsync(() => client.Passing.Count == 1, "the passing frame");
        Assert.Empty(client.Seqs);

        await fixture.PublishAsync(first);
        await client.UntilAsync(2);
        Assert.Equal([1, 2], client.Seqs);
    }

    [Fact]
    public async Task A_client_that_is_behind_is_spared_them_and_keeps_its_room_for_events()
    {
        using var held = new HeldStream(new RealtimeOptions { BacklogBytes = 4000 });
        var watcher = held.Watcher;
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
        held.TakeAll();
        watcher.End(Block.Of("end"u8));
        await Wait.UntilAsync(() => held.IsComplete, "the stream to end");
        Assert.Equal(new string('p', 900) + new string('e', 3000) + "end", held.Taken);
    }

    private Task PassAsync(LeadId lead, int number) => fixture.PublishAsync(lead, LeadMessage.Encode(null, DateTimeOffset.UtcNow, LeadEventFrame.EncodePassing(
        lead, LeadEventTypes.LiveTranscript, DateTimeOffset.UtcNow, $$"""{"n":{{number}}}""")));

    private static string NumberOf(System.Net.ServerSentEvents.SseItem<string> item) =>
        System.Text.Json.JsonDocument.Parse(item.Data).RootElement.GetProperty("data").GetProperty("n").GetRawText();
}
