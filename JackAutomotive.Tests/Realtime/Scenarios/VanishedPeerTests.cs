using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>A client whose machine, or the way to it, is gone without a word.</summary>
public sealed class VanishedPeerTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task A_client_that_acknowledges_nothing_any_more_is_found_on_a_quiet_stream_by_its_heartbeats()
    {
        await using var instance = await fixture.StartInstanceAsync(
            ("HeartbeatInterval", "00:00:00.050"), ("WriteTimeout", "00:00:01"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();

        // The smallest buffer there is, and nobody reads from it: after some heartbeats the machine can take nothing more.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1 };
        await socket.ConnectAsync(instance.Address.Host, instance.Address.Port, TestContext.Current.CancellationToken);
        var request = $"GET /api/stream/conversation/{lead} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {RealtimeFixture.Key}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 1, "the stream to begin");

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 0, "the vanished client to be found");
    }
}
