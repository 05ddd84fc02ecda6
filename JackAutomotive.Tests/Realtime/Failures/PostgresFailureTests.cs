using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>Postgres fails under load. Readers on each of two instances see every event once and in order.</summary>
public sealed class PostgresFailureTests(Servers servers)
{
    [Fact]
    public async Task Readers_miss_nothing_when_Postgres_is_restarted()
    {
        await using var postgres = await PostgresProcess.RunAsync();
        await using var fixture = new RealtimeFixture(() => Task.FromResult(postgres.ConnectionString), servers.Redis);
        await fixture.InitializeAsync();
        await using var pair = await LoadedPair.StartAsync(fixture, settings: ("SweepInterval", "00:00:00.300"));

        await postgres.StopAsync();
        pair.CutRoamingReaders();
        await postgres.StartAsync();
        await pair.WaitUntilReadersSeeMoreAsync(20);
        pair.CutRoamingReaders();
        await pair.WaitForMoreEventsAsync(20);

        await pair.AssertEveryEventSeenOnceAsync();
    }

    [Fact]
    public async Task Live_events_continue_and_replays_wait_while_Postgres_hangs_for_the_instances()
    {
        await using var fixture = new RealtimeFixture(servers);
        await fixture.InitializeAsync();
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        (database.Host, database.Port) = ("127.0.0.1", proxy.Port);

        // A slow machine misses quick pulses, and an instance that loses Redis needs Postgres. Redis does not fail in this test.
        (string, string)[] settings = [("RecentBytes", "0"), ("RedisPulse", "00:01:00")];
        await using var pair = await LoadedPair.StartAsync(fixture, database.ConnectionString, settings: settings);

        proxy.Pause();
        await pair.WaitUntilReadersSeeMoreAsync(20);
        pair.CutRoamingReaders();
        await pair.WaitForMoreEventsAsync(20);
        proxy.Restore();
        await pair.WaitForMoreEventsAsync(20);

        await pair.AssertEveryEventSeenOnceAsync();
    }
}
