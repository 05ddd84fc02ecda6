extern alias realtime;

using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>Hundreds of clients are cut in the same moment and all come back at once.</summary>
public sealed class StormTests(Servers servers)
{
    private const int Leads = 30;
    private const int ClientsOfEach = 10;

    // Redis lets nobody know that it came back; the comparison has to be the one that follows from that.
    private static readonly (string, string)[] s_quick =
    [
        ("SweepInterval", "00:10:00"), ("SweepIntervalWithoutRedis", "00:00:00.100"), ("RedisPulse", "00:00:00.100"),
    ];

    [Fact]
    public async Task Three_hundred_clients_that_are_cut_at_once_come_back_and_miss_nothing()
    {
        await using var fixture = new RealtimeFixture(servers);
        await fixture.InitializeAsync();
        await using var instance = await fixture.StartInstanceAsync();
        var leads = await fixture.AddLeadsAsync(Leads);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => instance.Address), ClientsOfEach);
        await using var appender = new Appender(fixture, leads[..4]);
        await appender.MoreAsync(5);

        await CutAllAsync(readers, appender);

        await readers.UntilAsync(await NewestAsync(appender, leads));
    }

    [Fact]
    public async Task They_come_back_on_the_other_instance_while_Redis_is_restarted_and_miss_nothing()
    {
        await using var redis = await RedisProcess.RunAsync();
        await using var fixture = new RealtimeFixture(() => servers.CreateDatabaseAsync(), redis.ConnectionString);
        await fixture.InitializeAsync();
        await using var one = await fixture.StartInstanceAsync(s_quick);
        await using var two = await fixture.StartInstanceAsync(s_quick);
        var serving = one;
        var leads = await fixture.AddLeadsAsync(Leads);
        await using var readers = new Readers();
        await readers.AddAsync(leads, new(() => serving.Address), ClientsOfEach);
        await using var appender = new Appender(fixture, leads[..4]);
        await appender.MoreAsync(5);

        serving = two;
        await redis.KillAsync();
        var coming = CutAllAsync(readers, appender);
        await redis.StartAsync();
        await coming;
        await two.UntilRedisIsAsync(up: true);
        await appender.MoreAsync(10);

        await readers.UntilAsync(await NewestAsync(appender, leads));
    }

    private static async Task CutAllAsync(Readers readers, Appender appender)
    {
        readers.Cut();
        await appender.MoreAsync(10);
        await readers.UntilAsync(reader => reader.Opened == 2, "all clients to be back");
        await appender.MoreAsync(5);
    }

    private static async Task<Dictionary<LeadId, long>> NewestAsync(Appender appender, LeadId[] leads)
    {
        var newest = await appender.StopAsync();
        return leads.ToDictionary(lead => lead, lead => newest.GetValueOrDefault(lead));
    }
}
