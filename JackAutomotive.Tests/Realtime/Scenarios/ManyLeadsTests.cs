using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>Many leads on one instance.</summary>
public sealed class ManyLeadsTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Three_hundred_readers_of_different_leads_each_see_only_the_events_of_their_lead()
    {
        const int Rounds = 5;
        await using var instance = await fixture.StartInstanceAsync();
        var leads = await fixture.AddLeadsAsync(300);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => instance.Address));

        var events = await Task.WhenAll(leads.Select(lead => fixture.AppendManyAsync(lead, Rounds)));
        await Task.WhenAll(Enumerable.Range(0, Rounds).SelectMany(round => events.Select(log => fixture.PublishAsync(log[round]))));

        await readers.UntilAsync(reader => reader.Last == Rounds, "every event");
    }

    [Fact]
    public async Task Five_hundred_quiet_streams_receive_heartbeats_and_nothing_else()
    {
        await using var instance = await fixture.StartInstanceAsync(("HeartbeatInterval", "00:00:01"));
        var leads = await fixture.AddLeadsAsync(100);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => instance.Address), each: 5);

        await readers.UntilAsync(reader => reader.Heartbeats >= 2, "two heartbeats on every stream");
        Assert.All(readers, reader => Assert.Equal((0L, 1), (reader.Last, reader.Opened)));
    }
}
