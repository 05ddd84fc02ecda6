using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>What a client of one stream sees in normal operation.</summary>
public sealed class StreamTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watchers_on_two_instances_each_see_every_event_once_and_in_order()
    {
        await using var instanceA = await fixture.StartInstanceAsync();
        await using var instanceB = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var clientA = await instanceA.WatchAsync(lead);
        await using var clientB = await instanceA.WatchAsync(lead);
        await using var clientC = await instanceB.WatchAsync(lead);

        for (var i = 0; i < 200; i++)
        {
            await fixture.RaiseAsync(lead);
        }

        foreach (var client in new[] { clientA, clientB, clientC })
        {
            await client.UntilAsync(200);
            Assert.Equal(Range(1, 200), client.Seqs);
        }
    }

    [Fact]
    public async Task A_live_event_equals_its_replay_byte_for_byte()
    {
        await using var instance = await fixture.StartInstanceAsync(("RecentBytes", "0"));
        var lead = await fixture.AddLeadAsync();
        await using var live = await instance.WatchAsync(lead);
        await fixture.RaiseAsync(lead, """{ "body" : "Grüße & \"quotes\" \u00e9 🚗",  "n":1.50 }""");
        await live.UntilAsync(1);

        await using var replay = await instance.WatchAsync(lead, lastEventId: 0);
        await replay.UntilAsync(1);

        Assert.Equal(live.Events[0].Data, replay.Events[0].Data);
        Assert.Equal(LeadEventTypes.SmsReceived, replay.Events[0].EventType);
        var data = JsonDocument.Parse(replay.Events[0].Data).RootElement.GetProperty("data");
        Assert.Equal("Grüße & \"quotes\" é 🚗", data.GetProperty("body").GetString());
    }

    [Fact]
    public async Task A_stream_sends_headers_retry_and_ready_before_any_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await using var client = await instance.WatchAsync(lead);

        Assert.Equal("text/event-stream", client.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store, no-transform", client.Response.Headers.CacheControl?.ToString());
        Assert.Equal("no", client.Response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal("ready", client.Items[0].EventType);
        Assert.Equal(1, client.ReadySeq());
        Assert.Equal("1", client.LastEventId);
        Assert.InRange(client.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.Empty(client.Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_resumed_stream_starts_after_the_last_event_seen(bool asHeader)
    {
        await using var instance = await fixture.StartInstanceAsync(("PageSize", "3"));
        var lead = await fixture.AddLeadAsync();
        for (var i = 0; i < 10; i++)
        {
            await fixture.AppendAsync(lead);
        }

        using var client = instance.NewClient();
        var query = asHeader ? "?lastEventId=1" : "?lastEventId=4";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/stream/conversation/{lead}{query}");
        if (asHeader)
        {
            request.Headers.Add("Last-Event-ID", "4");
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var text = await ReadUntilAsync(response, "id: 10\n");
        Assert.StartsWith("id: 4\nevent: ready\n", text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
        Assert.DoesNotContain("\"seq\":4,\"type\"", text);
        var ids = text.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => long.Parse(line[4..]));
        Assert.Equal(Range(4, 10), ids);
    }

    [Fact]
    public async Task A_client_that_reconnects_quickly_is_served_from_memory()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using (var first = await instance.WatchAsync(lead))
        {
            await fixture.RaiseAsync(lead);
            await fixture.RaiseAsync(lead);
            await first.UntilAsync(2);
        }

        // With the rows deleted, only memory can serve these events.
        await fixture.ExecuteAsync("DELETE FROM lead_events WHERE lead_id = $1", lead.Value);
        await using var again = await instance.WatchAsync(lead, lastEventId: 1);
        await again.UntilAsync(2);
        Assert.Equal([2L], again.Seqs);
    }

    [Fact]
    public async Task An_event_id_beyond_the_log_is_answered_with_reset_and_the_stream_continues_from_the_newest_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await using var client = await instance.WatchAsync(lead, lastEventId: 99);
        await Wait.UntilAsync(() => client.Items.Count >= 2, "reset");
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(2);

        Assert.Equal(["ready", "reset", LeadEventTypes.SmsReceived], client.Items.Select(item => item.EventType));
        Assert.Equal(["1", "1", "2"], client.Items.Select(item => item.EventId));
    }

    [Fact]
    public async Task An_event_id_that_this_instance_has_not_seen_yet_causes_no_reset()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:10:00"));
        var lead = await fixture.AddLeadAsync();
        await using var first = await instance.WatchAsync(lead);
        await fixture.AppendAsync(lead);
        await fixture.AppendAsync(lead);

        await using var second = await instance.WatchAsync(lead, lastEventId: 2);
        await fixture.RaiseAsync(lead);
        await second.UntilAsync(3);
        await first.UntilAsync(3);

        Assert.Equal(["ready", LeadEventTypes.SmsReceived], second.Items.Select(item => item.EventType));
        Assert.Equal([3L], second.Seqs);
        Assert.Equal([1L, 2L, 3L], first.Seqs);
    }

    [Fact]
    public async Task A_quiet_stream_receives_heartbeat_comments()
    {
        await using var instance = await fixture.StartInstanceAsync(("HeartbeatInterval", "00:00:00.100"));
        var lead = await fixture.AddLeadAsync();
        using var client = instance.NewClient();
        using var response = await OpenAsync(client, lead);

        Assert.EndsWith(": hb\n\n: hb\n\n", await ReadUntilAsync(response, ": hb\n\n: hb\n\n"));
    }

    [Theory]
    [InlineData("not-a-lead", "", HttpStatusCode.BadRequest, "Not a lead id")]
    [InlineData("01890a5d-ac96-774b-bcce-b302099a8057", "", HttpStatusCode.NotFound, "Unknown lead")]
    [InlineData("01890a5d-ac96-774b-bcce-b302099a8057", "?lastEventId=-1", HttpStatusCode.BadRequest, "Not an event id")]
    [InlineData("01890a5d-ac96-774b-bcce-b302099a8057", "?lastEventId=1e3", HttpStatusCode.BadRequest, "Not an event id")]
    [InlineData("01890a5d-ac96-774b-bcce-b302099a8057", "?lastEventId=99999999999999999999", HttpStatusCode.BadRequest, "Not an event id")]
    public async Task A_malformed_or_unknown_lead_id_or_a_malformed_event_id_is_refused_with_a_problem(
        string lead, string query, HttpStatusCode status, string title)
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient();
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}{query}", UriKind.Relative), Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(title, await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Streams_end_at_once_with_a_retry_time_when_the_host_stops()
    {
        var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var client = instance.NewClient();
        using var response = await OpenAsync(client, lead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        await using var other = await instance.WatchAsync(lead);

        var stopping = System.Diagnostics.Stopwatch.StartNew();
        await instance.DisposeAsync();

        Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(5), $"the host took {stopping.Elapsed} to stop");
        Assert.True(await other.Ended);
        var text = await reader.ReadToEndAsync(Cancellation);
        Assert.Matches("\"instance\":\"[^\"]+\"}\n\nretry: [1-5][0-9]{3}\n\n$", text);
    }

    private static IEnumerable<long> Range(long first, long last) => Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i);

    private static Task<HttpResponseMessage> OpenAsync(HttpClient client, LeadId lead) => client.GetAsync(
        new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);

    private static async Task<string> ReadUntilAsync(HttpResponseMessage response, string text)
    {
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var length = await stream.ReadAsync(buffer, limit.Token);
            Assert.True(length > 0, $"the stream ended before '{text}' came");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, length));
        }

        return seen.ToString();
    }
}
