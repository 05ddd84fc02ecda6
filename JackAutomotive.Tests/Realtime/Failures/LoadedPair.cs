extern alias realtime;

using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>
/// Two instances with readers of the same leads on both, while events are raised without end. Half of the readers stay with their
/// instance; the others come back on either one.
/// </summary>
internal sealed class LoadedPair : IAsyncDisposable
{
    private const int Leads = 4;

    // So long that only what follows from the failure itself can have repaired anything; often enough while Redis is away.
    private static readonly (string, string)[] s_quick =
    [
        ("SweepInterval", "00:10:00"), ("SweepIntervalWithoutRedis", "00:00:00.050"), ("RedisPulse", "00:00:00.100"),
    ];

    private readonly Appender _appender;

    private LoadedPair(RealtimeInstance one, RealtimeInstance two, LeadId[] leads, Appender appender)
    {
        (One, Two) = (one, two);
        Watched = leads;
        _appender = appender;
    }

    public RealtimeInstance One { get; }

    public RealtimeInstance Two { get; }

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
        await pair.Readers.AddAsync(leads, new(() => pair.One.Address));
        await pair.Readers.AddAsync(leads, new(() => pair.Two.Address));
        await pair.Readers.AddAsync(leads, new(() => (Random.Shared.Next(2) == 0 ? pair.One : pair.Two).Address), each: 2);
        await pair.MoreAsync(10);
        return pair;
    }

    /// <summary>Has every lead get that many events more.</summary>
    public Task MoreAsync(int events) => _appender.MoreAsync(events);

    /// <summary>Waits until every reader has seen at least that many events more than now, none of which is late for long then.</summary>
    public async Task SeeMoreAsync(int events)
    {
        var goal = Readers.ToDictionary(reader => reader, reader => reader.Last + events);
        await Readers.UntilAsync(reader => reader.Last >= goal[reader], $"{events} more events at every reader");
    }

    /// <summary>Cuts the readers off that come back on either instance.</summary>
    public void CutWanderers()
    {
        foreach (var reader in Readers.Skip(2 * Leads))
        {
            reader.Cut();
        }
    }

    public async Task UntilRedisIsAsync(bool up)
    {
        await One.UntilRedisIsAsync(up);
        await Two.UntilRedisIsAsync(up);
    }

    /// <summary>Raises no more, and waits until every reader has seen everything, once and in order.</summary>
    public async Task AssertNothingMissedOrDoubledAsync() => await Readers.UntilAsync(await _appender.StopAsync());

    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync();
        await Readers.DisposeAsync();
        await One.DisposeAsync();
        await Two.DisposeAsync();
    }
}
