using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>The restarts that every client must survive by itself, against a service whose address never changes.</summary>
internal static class Resumption
{
    /// <summary>Creates a service that keeps its port after a restart.</summary>
    public static RealtimeProcess NewService(RealtimeFixture fixture, params (string Name, string Value)[] settings) =>
        new(fixture, [("ASPNETCORE_URLS", $"http://127.0.0.1:{Ports.Free()}"), .. settings]);

    /// <summary>
    /// Stops and restarts the service, then kills and restarts it, and raises events throughout. Asserts that the client sees every event
    /// once and in order.
    /// </summary>
    /// <param name="fixture">The fixture that raises the events.</param>
    /// <param name="service">The running service that the client watches.</param>
    /// <param name="lead">The lead that the client watches. The lead has no events yet.</param>
    /// <param name="seen">Returns the ids of the events that the client has received, in order.</param>
    public static async Task AssertAsync(RealtimeFixture fixture, RealtimeProcess service, LeadId lead, Func<IReadOnlyList<long>> seen)
    {
        await RaiseAndAwaitAsync();
        await service.StopAsync();
        await fixture.RaiseAsync(lead);
        await service.StartAsync();
        await Wait.UntilAsync(() => seen().Count == 2, "the event that was raised while the service was stopped");
        await RaiseAndAwaitAsync();

        await service.KillAsync();
        await fixture.RaiseAsync(lead);
        await service.StartAsync();
        await Wait.UntilAsync(() => seen().Count == 4, "the event that was raised while the service was dead");
        await RaiseAndAwaitAsync();

        Assert.Equal([1L, 2L, 3L, 4L, 5L], seen());

        async Task RaiseAndAwaitAsync()
        {
            var e = await fixture.RaiseAsync(lead);
            await Wait.UntilAsync(() => seen().Count >= e.Seq, $"event {e.Seq}");
        }
    }
}
