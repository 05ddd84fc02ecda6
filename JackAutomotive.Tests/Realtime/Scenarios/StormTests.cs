using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>Hundreds of clients are cut at the same moment and reconnect at once.</summary>
public sealed class StormTests(Servers servers)
{
    private const int Leads = 30;
    private const int ClientsPerLead = 10;

    // Redis does not announce its return, and the regular sweep is 10 minutes away: only the sweep on Redis's return can repair a gap.
    private static readonly (string, string)[] s_quick =
    [
        ("SweepInterval", "00:10:00"), ("SweepIntervalWithoutRedis", "00:00:00.100"), ("RedisPulse", "00:00:00.100"),
    ];

    [Fact]
    public async Task Three_hundred_clients_that_are_cut_at_once_reconnect_and_miss_nothing()
    {
        await using var fixture = new RealtimeFixture(servers);
        await fixture.InitializeAsync();
        await using var instance = await fixture.StartInstanceAsync();
        var leads = await fixture.AddLeadsAsync(Leads);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => instance.Address), ClientsPerLead);
        await using var appender = new Appender(fixture, leads[..4]);
        await appender.WaitForMoreEventsAsync(5);

        await CutAllAndWaitForReconnectAsync(readers, appender);

        await readers.UntilAsync(await NewestAsync(appender, leads));
    }

    [Fact]
    public async Task Three_hundred_clients_reconnect_to_the_other_instance_during_a_Redis_restart_and_miss_nothing()
    {
        await using var redis = await RedisProcess.RunAsync();
        await using var fixture = new RealtimeFixture(() => servers.CreateDatabaseAsync(), redis.ConnectionString);
        await fixture.InitializeAsync();
        await using var instanceA = await fixture.StartInstanceAsync(s_quick);
        await using var instanceB = await fixture.StartInstanceAsync(s_quick);
        var serving = instanceA;
        var leads = await fixture.AddLeadsAsync(Leads);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => serving.Address), ClientsPerLead);
        await using var appender = new Appender(fixture, leads[..4]);
        await appender.WaitForMoreEventsAsync(5);

        serving = instanceB;
        await redis.KillAsync();
        var reconnecting = CutAllAndWaitForReconnectAsync(readers, appender);
        await redis.StartAsync();
        await reconnecting;
        await instanceB.WaitForRedisAsync(up: true);
        await appender.WaitForMoreEventsAsync(10);

        await readers.UntilAsync(await NewestAsync(appender, leads));
    }

    private static async Task CutAllAndWaitForReconnectAsync(Readers readers, Appender appender)
    {
        readers.Cut();
        await appender.WaitForMoreEventsAsync(10);
        await readers.UntilAsync(reader => reader.Opened == 2, "all clients to be back");
        await appender.WaitForMoreEventsAsync(5);
    }

    private static async Task<Dictionary<LeadId, long>> NewestAsync(Appender appender, LeadId[] leads)
    {
        var newest = await appender.StopAsync();
        return leads.ToDictionary(lead => lead, lead => newest.GetValueOrDefault(lead));
    }
}
