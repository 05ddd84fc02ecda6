using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>Streams over HTTP/2, many of them on one connection, with TLS from Kestrel's settings.</summary>
public sealed class Http2Tests(TlsService tls) : IClassFixture<TlsService>
{
    private readonly RealtimeFixture _fixture = tls.Fixture;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_of_one_client_receive_their_events_and_heartbeats_and_resume_over_HTTP_1_and_HTTP_2(int version)
    {
        var (handler, connections) = tls.NewHandler();
        using var http = handler;
        var leads = await _fixture.AddLeadsAsync(20);

        // One stream opens first. Otherwise the client does not know yet that one connection can carry all streams.
        var first = await SseClient.OpenAsync(tls.NewClient(version, http), leads[0]);
        SseClient[] streams = [first, .. await Task.WhenAll(leads[1..].Select(lead => SseClient.OpenAsync(tls.NewClient(version, http), lead)))];
        Assert.Equal(version == 2 ? 1 : leads.Length, connections());
        Assert.All(streams, stream => Assert.Equal(version, stream.Response.Version.Major));

        foreach (var lead in leads)
        {
            await _fixture.RaiseAsync(lead);
            await _fixture.RaiseAsync(lead);
        }

        foreach (var stream in streams)
        {
            await stream.UntilAsync(2);
            Assert.Equal([1L, 2L], stream.Seqs);
        }

        await using var resumed = await SseClient.OpenAsync(tls.NewClient(version, http), leads[0], lastEventId: 1);
        await resumed.UntilAsync(2);
        Assert.Equal([2L], resumed.Seqs);
        using var quiet = await OpenAsync(tls.NewClient(version, http), leads[1]);
        await ReadUntilAsync(quiet, ": hb\n\n: hb\n\n");
        foreach (var stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_stalled_stream_is_cut_and_the_other_streams_of_its_connection_continue()
    {
        var (handler, _) = tls.NewHandler();
        using var http = handler;
        var lead = await _fixture.AddLeadAsync();
        await using var healthy = await SseClient.OpenAsync(tls.NewClient(2, http), lead);
        using var stalled = await OpenAsync(tls.NewClient(2, http), lead);
        var large = $$"""{"text":"{{new string('x', 100_000)}}"}""";

        for (var i = 1; i <= 40; i++)
        {
            await _fixture.RaiseAsync(lead, large);
            await healthy.UntilAsync(i);
        }

        // The stream breaks off. HttpClient may discard the bytes that it had already buffered.
        var body = await stalled.Content.ReadAsStreamAsync(Cancellation);
        var read = 0;
        var broken = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            var buffer = new byte[64 * 1024];
            while (await body.ReadAsync(buffer, Cancellation) is > 0 and var length)
            {
                read += length;
            }
        });
        Assert.IsType<HttpProtocolException>(broken, exactMatch: false);
        Assert.InRange(read, 0, 39 * large.Length);
        await _fixture.RaiseAsync(lead);
        await healthy.UntilAsync(41);
        Assert.Equal(41, healthy.Seqs.Count);
    }

    [Fact]
    public async Task Streams_that_a_burst_cuts_resume_without_a_gap_and_the_service_keeps_running()
    {
        const int Events = 10_000;
        var (handler, _) = tls.NewHandler();
        using var http = handler;
        var lead = await _fixture.AddLeadAsync();
        var opened = 0;
        var reading = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAllAsync()));

        await Wait.UntilAsync(() => Volatile.Read(ref opened) == 8, "the streams to begin");
        foreach (var burst in (await _fixture.AppendManyAsync(lead, Events)).Chunk(2500))
        {
            await Task.WhenAll(burst.Select(_fixture.PublishAsync));
        }

        Assert.All(await reading, seen => Assert.Equal(Enumerable.Range(1, Events).Select(seq => (long)seq), seen));
        Assert.False(tls.Process.HasExited, "the service ended");

        async Task<List<long>> ReadAllAsync()
        {
            var seen = new List<long>();
            while (seen.Count < Events)
            {
                await using var stream = await SseClient.OpenAsync(tls.NewClient(2, http), lead, seen.LastOrDefault());
                Interlocked.Increment(ref opened);
                await Wait.UntilAsync(() => stream.Ended.IsCompleted || stream.LastEventId == $"{Events}", "the end, or a cut");
                seen.AddRange(stream.Seqs);
            }

            return seen;
        }
    }

    [Fact]
    public async Task Streams_of_a_stopping_service_end_properly_with_a_retry_time()
    {
        var (handler, _) = tls.NewHandler();
        using var http = handler;
        var leads = await _fixture.AddLeadsAsync(10);
        var streams = await Task.WhenAll(leads.Select(lead => SseClient.OpenAsync(tls.NewClient(2, http), lead)));

        await tls.Process.StopAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        foreach (var stream in streams)
        {
            Assert.True(await stream.Ended, "a stream broke off");
            Assert.InRange(stream.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        }

        await tls.Process.StartAsync();
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient client, LeadId lead) => client.GetAsync(
        new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);

    private static async Task ReadUntilAsync(HttpResponseMessage response, string text)
    {
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var length = await stream.ReadAsync(buffer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            Assert.True(length > 0, $"the stream ended before '{text}' came");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, length));
        }
    }
}
