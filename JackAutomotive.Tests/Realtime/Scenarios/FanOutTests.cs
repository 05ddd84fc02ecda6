using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>One lead with many readers on each of two instances.</summary>
public sealed class FanOutTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const int ReadersPerInstance = 50;

    [Fact]
    public async Task A_hundred_readers_see_every_event_of_a_burst_once_and_in_order()
    {
        const int Events = 1000;
        await using var instanceA = await fixture.StartInstanceAsync();
        await using var instanceB = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var readers = new Readers();
        await readers.AddAsync([lead], new(() => instanceA.Address), ReadersPerInstance);
        await readers.AddAsync([lead], new(() => instanceB.Address), ReadersPerInstance);

        await Task.WhenAll((await fixture.AppendManyAsync(lead, Events)).Select(fixture.PublishAsync));

        await readers.UntilAsync(reader => reader.Last == Events, "every event");
    }

    [Fact]
    public async Task Each_event_reaches_a_hundred_readers_before_the_next_one_is_raised()
    {
        await using var instanceA = await fixture.StartInstanceAsync(("SweepInterval", "00:10:00"));
        await using var instanceB = await fixture.StartInstanceAsync(("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        await using var readers = new Readers();
        await readers.AddAsync([lead], new(() => instanceA.Address), ReadersPerInstance);
        await readers.AddAsync([lead], new(() => instanceB.Address), ReadersPerInstance);

        for (var i = 1; i <= 30; i++)
        {
            await fixture.RaiseAsync(lead);
            await readers.UntilAsync(reader => reader.Last == i, $"event {i}");
        }
    }
}
