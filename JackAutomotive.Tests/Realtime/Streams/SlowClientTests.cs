extern alias realtime;

using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime;

/// <summary>A client that does not take what it is sent.</summary>
public sealed class SlowClientTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    // More than the kernel keeps for a connection, so that it piles up in the service.
    private const int Events = 120;
    private static readonly string s_large = $$"""{"text":"{{new string('x', 100_000)}}"}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_over_its_backlog_is_cut_and_can_resume_while_another_sees_everything()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var healthy = await instance.WatchAsync(lead);
        using var stalled = await StallAsync(instance, lead);

        for (var i = 1; i <= Events; i++)
        {
            await fixture.RaiseAsync(lead, s_large);
            await healthy.UntilAsync(i);
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.clients.cut/backlog") > 0, "the stalled client to be cut");
        Assert.Equal(1, measured.Sum("jackautomotive.realtime.clients.cut"));
        Assert.Equal(Enumerable.Range(1, Events).Select(i => (long)i), healthy.Seqs);

        var lastSeen = await ReadWhatArrivedAsync(stalled);
        Assert.True(lastSeen < Events, "the stalled client was not cut");
        await using var resumed = await instance.WatchAsync(lead, lastSeen);
        await resumed.UntilAsync(Events);
        Assert.Equal(Enumerable.Range(lastSeen + 1, Events - lastSeen).Select(i => (long)i), resumed.Seqs);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_long_is_cut()
    {
        await using var instance = await fixture.StartInstanceAsync(
            ("BacklogBytes", "60000000"), ("WriteTimeout", "00:00:00.300"), ("HeartbeatInterval", "00:00:00.100"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        using var stalled = await StallAsync(instance, lead);

        for (var i = 0; i < Events; i++)
        {
            await fixture.RaiseAsync(lead, s_large);
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.clients.cut/timeout") == 1, "the stalled client to be cut");
    }

    [Fact]
    public async Task A_replay_larger_than_the_backlog_reaches_a_client_that_takes_it()
    {
        await using var instance = await fixture.StartInstanceAsync(("BacklogBytes", "2000"), ("PageSize", "10"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        for (var i = 0; i < 50; i++)
        {
            await fixture.AppendAsync(lead, s_large);
        }

        await using var client = await instance.WatchAsync(lead, lastEventId: 0);
        await client.UntilAsync(50);
        await fixture.RaiseAsync(lead, s_large);
        await client.UntilAsync(51);
        Assert.Equal(0, measured.Sum("jackautomotive.realtime.clients.cut"));
    }

    // Opens a stream and reads its first line, then nothing more.
    private static async Task<Socket> StallAsync(RealtimeInstance instance, LeadId lead)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(instance.Address.Host, instance.Address.Port, Cancelled);
        var request = $"GET /api/stream/conversation/{lead} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {RealtimeFixture.Key}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancelled);

        var seen = new StringBuilder();
        var buffer = new byte[1];
        while (!seen.ToString().EndsWith("event: ready\n", StringComparison.Ordinal))
        {
            Assert.Equal(1, await socket.ReceiveAsync(buffer, Cancelled));
            seen.Append((char)buffer[0]);
        }

        return socket;
    }

    // The id of the last event that arrived whole, 0 if none did.
    private static async Task<int> ReadWhatArrivedAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, Cancelled) is > 0 and var length)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, length));
            }
        }
        catch (SocketException)
        {
            // Cut, not ended.
        }

        // A chunk's size stands on lines of its own between frames; an id line is whole if it is followed by another line.
        var whole = text.ToString();
        whole = whole[..Math.Max(0, whole.LastIndexOf("}}\n\n", StringComparison.Ordinal))];
        var id = whole.LastIndexOf("id: ", StringComparison.Ordinal);
        return id < 0 ? 0 : int.Parse(whole[(id + 4)..whole.IndexOf('\n', id)]);
    }
}
