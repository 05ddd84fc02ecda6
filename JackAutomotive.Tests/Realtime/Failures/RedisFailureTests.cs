using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>Redis fails under load in every way that it can. Readers on each of two instances see every event once and in order.</summary>
public sealed class RedisFailureTests(Servers servers)
{
    [Fact]
    public async Task Readers_miss_nothing_when_Redis_is_killed_and_restarted()
    {
        await using var redis = await RedisProcess.RunAsync();
        await using var fixture = await StartAsync(redis);
        await using var pair = await LoadedPair.StartAsync(fixture);

        await redis.KillAsync();
        await pair.WaitForRedisAsync(up: false);
        await pair.WaitUntilReadersSeeMoreAsync(20);
        pair.CutRoamingReaders();
        await pair.WaitForMoreEventsAsync(20);
        await redis.StartAsync();
        await pair.WaitForMoreEventsAsync(10);
        pair.CutRoamingReaders();
        await pair.WaitForRedisAsync(up: true);
        await Wait.UntilAsync(() => Array.TrueForAll(pair.Watched, lead => fixture.Subscribers(lead) == 2), "both subscriptions of each lead");
        await pair.WaitForMoreEventsAsync(20);

        await pair.AssertEveryEventSeenOnceAsync();
    }

    [Fact]
    public async Task Readers_miss_nothing_when_Redis_hangs_and_recovers()
    {
        await using var redis = await RedisProcess.RunAsync();
        await using var fixture = await StartAsync(redis);
        await using var pair = await LoadedPair.StartAsync(fixture);

        await redis.PauseAsync();
        await pair.WaitForRedisAsync(up: false);
        pair.CutRoamingReaders();
        await pair.WaitUntilReadersSeeMoreAsync(10);
        await redis.ResumeAsync();
        await pair.WaitForRedisAsync(up: true);
        await pair.WaitForMoreEventsAsync(20);

        await pair.AssertEveryEventSeenOnceAsync();
    }

    [Fact]
    public async Task Readers_miss_nothing_when_the_Redis_connection_is_half_open_and_is_then_cut()
    {
        await using var redis = await RedisProcess.RunAsync();
        await using var fixture = await StartAsync(redis);
        await using var proxy = new TcpProxy("127.0.0.1", redis.Port);
        await using var pair = await LoadedPair.StartAsync(fixture, redis: $"127.0.0.1:{proxy.Port}");

        // The publisher continues. Its messages do not reach the instances, and no error reports the loss.
        proxy.Pause();
        await pair.WaitForRedisAsync(up: false);
        await pair.WaitUntilReadersSeeMoreAsync(20);
        pair.CutRoamingReaders();
        proxy.Cut();
        await pair.WaitForMoreEventsAsync(10);
        proxy.Restore();
        await pair.WaitForRedisAsync(up: true);
        await pair.WaitForMoreEventsAsync(20);

        await pair.AssertEveryEventSeenOnceAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_miss_nothing_when_random_publishes_and_finally_all_publishes_are_lost(int seed)
    {
        await using var fixture = new RealtimeFixture(servers);
        await fixture.InitializeAsync();
        var random = new Random(seed);
        var lossRate = 0.2;
        await using var pair = await LoadedPair.StartAsync(
            fixture,
            publishes: _ =>
            {
                lock (random)
                {
                    return random.NextDouble() >= lossRate;
                }
            },
            settings: ("SweepInterval", "00:00:00.300"));

        await pair.WaitForMoreEventsAsync(100);
        pair.CutRoamingReaders();
        await pair.WaitForMoreEventsAsync(100);
        lossRate = 1;
        await pair.WaitForMoreEventsAsync(5);

        await pair.AssertEveryEventSeenOnceAsync();
    }

    private async Task<RealtimeFixture> StartAsync(RedisProcess redis)
    {
        var fixture = new RealtimeFixture(() => servers.CreateDatabaseAsync(), redis.ConnectionString);
        await fixture.InitializeAsync();
        return fixture;
    }
}
