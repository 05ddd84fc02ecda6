using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Scenarios;

/// <summary>A client whose machine or network path disappears without closing the connection.</summary>
public sealed class VanishedPeerTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Heartbeats_on_a_quiet_stream_detect_a_client_that_no_longer_accepts_data()
    {
        await using var instance = await fixture.StartInstanceAsync(
            ("HeartbeatInterval", "00:00:00.050"), ("WriteTimeout", "00:00:01"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();

        // The receive buffer has the smallest size and nothing reads from it. After some heartbeats the client's machine accepts no more data.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1 };
        await socket.ConnectAsync(instance.Address.Host, instance.Address.Port, TestContext.Current.CancellationToken);
        var request = $"GET /api/stream/conversation/{lead} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {RealtimeFixture.Key}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 1, "the stream to begin");

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 0, "the vanished client to be detected");
    }
}
