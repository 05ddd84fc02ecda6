using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>An instance is killed under load: its clients come back on the other one and miss nothing.</summary>
public sealed class InstanceFailureTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task An_instance_is_killed_and_then_the_other_one()
    {
        await using var one = new RealtimeProcess(fixture);
        await using var two = new RealtimeProcess(fixture);
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        var leads = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.AddLeadAsync()));
        await using var appender = new Appender(fixture, leads);
        await using var readers = new Readers();
        RealtimeProcess[] living = [one, two];
        await readers.AddAsync(leads, new(() => living[0].Addresses[0]), each: 2);
        await readers.AddAsync(leads, new(() => living[^1].Addresses[0]), each: 2);
        await appender.MoreAsync(10);

        foreach (var killed in new[] { one, two })
        {
            living = [killed == one ? two : one];
            await killed.KillAsync();
            await appender.MoreAsync(20);
            await killed.StartAsync();
            living = [one, two];
            await appender.MoreAsync(20);
        }

        await readers.UntilAsync(await appender.StopAsync());
        Assert.All(readers, reader => Assert.InRange(reader.Opened, 2, 10));
    }
}
