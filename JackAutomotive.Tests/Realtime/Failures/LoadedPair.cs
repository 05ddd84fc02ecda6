using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>
/// Two instances with readers of the same leads on both, and an appender that raises events until it is stopped. Half of the readers
/// stay with their instance. The other readers reconnect to a random instance.
/// </summary>
internal sealed class LoadedPair : IAsyncDisposable
{
    private const int Leads = 4;

    // The regular sweep is so rare that only the reaction to the failure can repair a gap. The sweep without Redis is frequent.
    private static readonly (string, string)[] s_quick =
    [
        ("SweepInterval", "00:10:00"), ("SweepIntervalWithoutRedis", "00:00:00.050"), ("RedisPulse", "00:00:00.100"),
    ];

    private readonly Appender _appender;

    private LoadedPair(RealtimeInstance instanceA, RealtimeInstance instanceB, LeadId[] leads, Appender appender)
    {
        (InstanceA, InstanceB) = (instanceA, instanceB);
        Watched = leads;
        _appender = appender;
    }

    public RealtimeInstance InstanceA { get; }

    public RealtimeInstance InstanceB { get; }

    public LeadId[] Watched { get; }

    public Readers Readers { get; } = new();

    public static async Task<LoadedPair> StartAsync(
        RealtimeFixture fixture,
        string? database = null,
        string? redis = null,
        Predicate<LeadEvent>? publishes = null,
        params (string Name, string Value)[] settings)
    {
        var leads = await Task.WhenAll(Enumerable.Range(0, Leads).Select(_ => fixture.AddLeadAsync()));
        var instances = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RealtimeInstance.StartAsync(
            database ?? fixture.DatabaseConnection, redis ?? fixture.RedisConnection, [.. s_quick, .. settings])));
        var pair = new LoadedPair(instances[0], instances[1], leads, new Appender(fixture, leads, publishes));
        await pair.Readers.AddAsync(leads, new(() => pair.InstanceA.Address));
        await pair.Readers.AddAsync(leads, new(() => pair.InstanceB.Address));
        await pair.Readers.AddAsync(leads, new(() => (Random.Shared.Next(2) == 0 ? pair.InstanceA : pair.InstanceB).Address), each: 2);
        await pair.WaitUntilReadersSeeMoreAsync(10);
        return pair;
    }

    /// <summary>Waits until every lead has <paramref name="events"/> more events than now.</summary>
    public Task WaitForMoreEventsAsync(int events) => _appender.WaitForMoreEventsAsync(events);

    /// <summary>Waits until every reader has seen <paramref name="events"/> more events than now, so that no reader lags far behind.</summary>
    public async Task WaitUntilReadersSeeMoreAsync(int events)
    {
        var goal = Readers.ToDictionary(reader => reader, reader => reader.Last + events);
        await Readers.UntilAsync(reader => reader.Last >= goal[reader], $"{events} more events at every reader");
    }

    /// <summary>Cuts the readers that reconnect to a random instance.</summary>
    public void CutRoamingReaders()
    {
        foreach (var reader in Readers.Skip(2 * Leads))
        {
            reader.Cut();
        }
    }

    public async Task WaitForRedisAsync(bool up)
    {
        await InstanceA.WaitForRedisAsync(up);
        await InstanceB.WaitForRedisAsync(up);
    }

    /// <summary>Stops the appender and waits until every reader has seen every event once and in order.</summary>
    public async Task AssertEveryEventSeenOnceAsync() => await Readers.UntilAsync(await _appender.StopAsync());

    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync();
        await Readers.DisposeAsync();
        await InstanceA.DisposeAsync();
        await InstanceB.DisposeAsync();
    }
}
