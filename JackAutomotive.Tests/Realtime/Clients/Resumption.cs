extern alias realtime;

using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>What every client has to come through by itself, on a service that always has the same address.</summary>
internal static class Resumption
{
    /// <summary>A service on one port, also after a restart.</summary>
    public static RealtimeProcess NewService(RealtimeFixture fixture, params (string Name, string Value)[] settings) =>
        new(fixture, [("ASPNETCORE_URLS", $"http://127.0.0.1:{Ports.Free()}"), .. settings]);

    /// <summary>The service stops and is started again; then it is killed and started again. Events go on all the time.</summary>
    /// <param name="fixture">Where events are raised.</param>
    /// <param name="service">It runs, and the client watches.</param>
    /// <param name="lead">Whom it watches; there are no events yet.</param>
    /// <param name="seen">The ids of the events that the client has shown, in their order.</param>
    public static async Task AssertAsync(RealtimeFixture fixture, RealtimeProcess service, LeadId lead, Func<IReadOnlyList<long>> seen)
    {
        await RaiseAndSeeAsync();
        await service.StopAsync();
        await fixture.RaiseAsync(lead);
        await service.StartAsync();
        await Wait.UntilAsync(() => seen().Count == 2, "the event that was raised while the service was stopped");
        await RaiseAndSeeAsync();

        await service.KillAsync();
        await fixture.RaiseAsync(lead);
        await service.StartAsync();
        await Wait.UntilAsync(() => seen().Count == 4, "the event that was raised while the service was dead");
        await RaiseAndSeeAsync();

        Assert.Equal([1L, 2L, 3L, 4L, 5L], seen());

        async Task RaiseAndSeeAsync()
        {
            var e = await fixture.RaiseAsync(lead);
            await Wait.UntilAsync(() => seen().Count >= e.Seq, $"event {e.Seq}");
        }
    }
}
