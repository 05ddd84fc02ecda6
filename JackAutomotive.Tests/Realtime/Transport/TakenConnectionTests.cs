using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Transport;

/// <summary>A stream outlives its request, and the bytes on the wire remain valid HTTP/1.1.</summary>
public sealed class TakenConnectionTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_that_the_server_ends_is_a_complete_chunked_response_with_nothing_after_it()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var wire = await WireClient.ConnectAsync(instance);
        await wire.SendAsync(Get($"/api/stream/conversation/{lead}"));
        await wire.UntilAsync("event: ready\n");
        for (var i = 1; i <= 3; i++)
        {
            await fixture.RaiseAsync(lead);
            await wire.UntilAsync($"id: {i}\n");
        }

        await fixture.ExecuteAsync("DELETE FROM leads WHERE id = $1", lead.Value);
        await wire.UntilClosedAsync();

        var (head, body) = wire.Split();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        var text = Unchunk(body, out var rest);
        Assert.Empty(rest);
        Assert.Equal(["ready", "sms_received", "sms_received", "sms_received", "lead_erased"], EventTypesIn(text));
    }

    [Fact]
    public async Task A_connection_that_has_served_other_requests_can_become_a_stream()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var wire = await WireClient.ConnectAsync(instance);
        await wire.SendAsync(Get("/alive") + Get("/api/stream/conversation/nonsense") + Get($"/api/stream/conversation/{lead}"));
        await wire.UntilAsync("event: ready\n");

        await fixture.RaiseAsync(lead);
        await wire.UntilAsync("event: sms_received\n");

        Assert.Equal(["200", "400", "200"], wire.Text.Split("HTTP/1.1 ")[1..].Select(answer => answer[..3]));
    }

    [Fact]
    public async Task A_client_that_sends_data_on_the_connection_of_its_stream_is_cut()
    {
        await using var instance = await fixture.StartInstanceAsync(("HeartbeatInterval", "00:00:00.300"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        using var wire = await WireClient.ConnectAsync(instance);
        await wire.SendAsync(Get($"/api/stream/conversation/{lead}"));
        await wire.UntilAsync("event: ready\n");

        await wire.SendAsync(Get("/alive"));

        await wire.UntilClosedAsync();
        Assert.Equal(1, measured.Sum("jackautomotive.realtime.clients.cut/input"));
        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 0, "the stream count to return to 0");
    }

    [Fact]
    public async Task The_span_of_a_request_ends_while_its_stream_continues()
    {
        var ended = new TaskCompletionSource<Activity>();
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TagObjects.Any(tag => tag.Value is string text && text.Contains(lead.ToString(), StringComparison.Ordinal)))
                {
                    ended.TrySetResult(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        await using var client = await instance.WatchAsync(lead);

        var span = await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.NotEqual(ActivityStatusCode.Error, span.Status);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(1);
    }

    [Fact]
    public async Task Erasing_a_lead_ends_its_streams_and_later_requests_get_404()
    {
        await using var instanceA = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        await using var instanceB = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        var other = await fixture.AddLeadAsync();
        await using var clientA = await instanceA.WatchAsync(lead);
        await using var clientB = await instanceB.WatchAsync(lead);
        await using var otherStream = await instanceA.WatchAsync(other);

        await fixture.ExecuteAsync("DELETE FROM leads WHERE id = $1", lead.Value);

        foreach (var client in new[] { clientA, clientB })
        {
            Assert.True(await client.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancellation), "the stream broke off");
            Assert.Equal("lead_erased", client.Items[^1].EventType);
        }

        using var http = instanceA.NewClient();
        using var answer = await http.GetAsync($"/api/stream/conversation/{lead}", Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        await fixture.RaiseAsync(other);
        await otherStream.UntilAsync(1);
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {RealtimeFixture.Key}\r\n\r\n";

    private static IEnumerable<string> EventTypesIn(string text) =>
        text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..]);

    // Decodes the chunks (RFC 9112, section 7.1). The rest is what follows the last chunk.
    private static string Unchunk(string body, out string rest)
    {
        var text = new StringBuilder();
        while (true)
        {
            var end = body.IndexOf("\r\n", StringComparison.Ordinal);
            var size = Convert.ToInt32(body[..end], 16);
            text.Append(body, end + 2, size);
            Assert.Equal("\r\n", body.Substring(end + 2 + size, 2));
            body = body[(end + 4 + size)..];
            if (size == 0)
            {
                rest = body;
                return text.ToString();
            }
        }
    }

    /// <summary>A client that sends and records the raw bytes on the wire.</summary>
    private sealed class WireClient : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public static async Task<WireClient> ConnectAsync(RealtimeInstance instance)
        {
            var client = new WireClient();
            await client._socket.ConnectAsync(instance.Address.Host, instance.Address.Port, Cancellation);
            return client;
        }

        public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancellation);

        public async Task UntilAsync(string seen)
        {
            while (!Text.Contains(seen, StringComparison.Ordinal))
            {
                Assert.True(await ReceiveAsync(), $"The connection was closed before '{seen}' came.");
            }
        }

        public async Task UntilClosedAsync()
        {
            while (await ReceiveAsync())
            {
            }
        }

        public (string Head, string Body) Split()
        {
            var end = Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            return (Text[..end], Text[end..]);
        }

        public void Dispose() => _socket.Dispose();

        private async Task<bool> ReceiveAsync()
        {
            var buffer = new byte[4096];
            try
            {
                var length = await _socket.ReceiveAsync(buffer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
                _text.Append(Encoding.ASCII.GetString(buffer, 0, length));
                return length > 0;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
