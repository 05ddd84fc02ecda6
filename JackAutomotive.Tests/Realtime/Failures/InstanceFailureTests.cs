using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>An instance is killed under load. Its clients reconnect to the other instance and miss nothing.</summary>
public sealed class InstanceFailureTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Readers_miss_nothing_when_each_of_two_instances_is_killed_in_turn()
    {
        await using var instanceA = new RealtimeProcess(fixture);
        await using var instanceB = new RealtimeProcess(fixture);
        await Task.WhenAll(instanceA.StartAsync(), instanceB.StartAsync());
        var leads = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.AddLeadAsync()));
        await using var appender = new Appender(fixture, leads);
        await using var readers = new Readers();
        RealtimeProcess[] living = [instanceA, instanceB];
        await readers.AddAsync(leads, new(() => living[0].Addresses[0]), each: 2);
        await readers.AddAsync(leads, new(() => living[^1].Addresses[0]), each: 2);
        await appender.WaitForMoreEventsAsync(10);

        foreach (var killed in new[] { instanceA, instanceB })
        {
            living = [killed == instanceA ? instanceB : instanceA];
            await killed.KillAsync();
            await appender.WaitForMoreEventsAsync(20);
            await killed.StartAsync();
            living = [instanceA, instanceB];
            await appender.WaitForMoreEventsAsync(20);
        }

        await readers.UntilAsync(await appender.StopAsync());
        Assert.All(readers, reader => Assert.InRange(reader.Opened, 2, 10));
    }
}
