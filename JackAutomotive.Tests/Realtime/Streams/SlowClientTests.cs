using System.Net.Sockets;
using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Clients that do not read what the service sends.</summary>
public sealed class SlowClientTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    // Together the events exceed what the kernel buffers for a connection, so that a backlog grows in the service.
    private const int Events = 120;
    private static readonly string s_large = $$"""{"text":"{{new string('x', 100_000)}}"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_over_the_backlog_limit_is_cut_and_can_resume_while_another_client_sees_every_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var healthy = await instance.WatchAsync(lead);
        using var stalled = await OpenStalledStreamAsync(instance, lead);

        for (var i = 1; i <= Events; i++)
        {
            await fixture.RaiseAsync(lead, s_large);
            await healthy.UntilAsync(i);
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.clients.cut/backlog") > 0, "the stalled client to be cut");
        Assert.Equal(1, measured.Sum("jackautomotive.realtime.clients.cut"));
        Assert.Equal(Enumerable.Range(1, Events).Select(i => (long)i), healthy.Seqs);

        var lastSeen = await ReadLastCompleteIdAsync(stalled);
        Assert.True(lastSeen < Events, "the stalled client was not cut");
        await using var resumed = await instance.WatchAsync(lead, lastSeen);
        await resumed.UntilAsync(Events);
        Assert.Equal(Enumerable.Range(lastSeen + 1, Events - lastSeen).Select(i => (long)i), resumed.Seqs);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_for_the_write_timeout_is_cut()
    {
        await using var instance = await fixture.StartInstanceAsync(
            ("BacklogBytes", "60000000"), ("WriteTimeout", "00:00:00.300"), ("HeartbeatInterval", "00:00:00.100"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        using var stalled = await OpenStalledStreamAsync(instance, lead);

        for (var i = 0; i < Events; i++)
        {
            await fixture.RaiseAsync(lead, s_large);
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.clients.cut/timeout") == 1, "the stalled client to be cut");
    }

    [Fact]
    public async Task A_replay_larger_than_the_backlog_limit_reaches_a_client_that_reads_it()
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

    // Opens a stream, reads the first lines of its ready event, and then reads nothing more.
    private static async Task<Socket> OpenStalledStreamAsync(RealtimeInstance instance, LeadId lead)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(instance.Address.Host, instance.Address.Port, Cancellation);
        var request = $"GET /api/stream/conversation/{lead} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {RealtimeFixture.Key}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancellation);

        var seen = new StringBuilder();
        var buffer = new byte[1];
        while (!seen.ToString().EndsWith("event: ready\n", StringComparison.Ordinal))
        {
            Assert.Equal(1, await socket.ReceiveAsync(buffer, Cancellation));
            seen.Append((char)buffer[0]);
        }

        return socket;
    }

    // Returns the id of the last event that arrived completely, or 0 if none did.
    private static async Task<int> ReadLastCompleteIdAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, Cancellation) is > 0 and var length)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, length));
            }
        }
        catch (SocketException)
        {
            // The service cut the connection instead of ending the stream.
        }

        // Chunk sizes are on lines of their own between frames. An id line is complete if another line follows it.
        var complete = text.ToString();
        complete = complete[..Math.Max(0, complete.LastIndexOf("}}\n\n", StringComparison.Ordinal))];
        var id = complete.LastIndexOf("id: ", StringComparison.Ordinal);
        return id < 0 ? 0 : int.Parse(complete[(id + 4)..complete.IndexOf('\n', id)]);
    }
}
