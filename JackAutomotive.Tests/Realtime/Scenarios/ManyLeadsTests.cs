using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>Many leads on one instance.</summary>
public sealed class ManyLeadsTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Three_hundred_leads_with_one_reader_each_show_each_reader_its_own_events_and_no_others()
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
    public async Task Five_hundred_quiet_streams_all_get_signs_of_life_and_nothing_else()
    {
        await using var instance = await fixture.StartInstanceAsync(("HeartbeatInterval", "00:00:01"));
        var leads = await fixture.AddLeadsAsync(100);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => instance.Address), each: 5);

        await readers.UntilAsync(reader => reader.Heartbeats >= 2, "two signs of life on every stream");
        Assert.All(readers, reader => Assert.Equal((0L, 1), (reader.Last, reader.Opened)));
    }
}
