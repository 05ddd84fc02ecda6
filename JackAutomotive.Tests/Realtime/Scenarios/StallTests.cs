using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>Some of many readers stop reading their streams.</summary>
public sealed class StallTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    // Together the events exceed what the kernel buffers for a connection, so that a backlog grows in the service.
    private const int Events = 120;
    private static readonly string s_large = $$"""{"text":"{{new string('x', 100_000)}}"}""";

    [Fact]
    public async Task Stalled_readers_are_cut_and_resume_without_a_gap_and_the_other_readers_are_unaffected()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var healthy = new Readers();
        await healthy.AddAsync([lead], new(() => instance.Address), each: 8);
        await using var stalled = new Readers();
        await stalled.AddAsync([lead], new(() => instance.Address) { ReceiveBuffer = 4096 }, each: 8);
        foreach (var reader in stalled)
        {
            reader.Stall();
        }

        for (var i = 1; i <= Events; i++)
        {
            await fixture.RaiseAsync(lead, s_large);
            await healthy.UntilAsync(reader => reader.Last == i, $"event {i}");
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.clients.cut") == stalled.Count, "the stalled readers to be cut");
        Assert.All(healthy, reader => Assert.Equal(1, reader.Opened));
        Assert.All(stalled, reader => Assert.True(reader.Last < Events));

        foreach (var reader in stalled)
        {
            reader.ResumeReading();
        }

        await stalled.UntilAsync(reader => reader.Last == Events, "what the stalled readers had missed");
        Assert.All(stalled, reader => Assert.Equal(2, reader.Opened));
        Assert.Equal(stalled.Count, measured.Sum("jackautomotive.realtime.clients.cut"));
    }

    [Fact]
    public async Task Readers_that_a_burst_cuts_resume_without_a_gap_and_the_service_keeps_running()
    {
        await using var service = new RealtimeProcess(fixture, ("Realtime__BacklogBytes", "2000"), ("Realtime__RecentBytes", "0"));
        await service.StartAsync();
        var lead = await fixture.AddLeadAsync();
        await using var readers = new Readers();
        await readers.AddAsync([lead], new(() => service.Addresses[0]), each: 8);

        // Each burst cuts a connection at a different moment of its work. Repeated bursts cover more of these moments.
        for (var burst = 0; burst < 10; burst++)
        {
            var events = await fixture.AppendManyAsync(lead, 300);
            await Task.WhenAll(events.Select(fixture.PublishAsync));
            await readers.UntilAsync(reader => service.HasExited || reader.Last == events[^1].Seq, "the burst");
            Assert.False(service.HasExited, "the service ended");
        }
    }
}
