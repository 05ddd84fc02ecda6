using System.Globalization;
using System.Net;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>What a client of many leads sees in normal operation.</summary>
public sealed class TailStreamTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_of_all_leads_starts_with_headers_retry_and_ready_and_shows_the_events_of_every_lead()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (a, b) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await fixture.RaiseAsync(a);
        await using var all = await instance.WatchManyAsync();
        await using var oneLead = await instance.WatchAsync(b);

        await fixture.RaiseAsync(a);
        await fixture.RaiseAsync(b, """{ "body" : "Grüße & \u00e9 🚗",  "n":1.50 }""");
        await fixture.RaiseAsync(a);
        await Wait.UntilAsync(() => PlacesOf(all, a, b).Count == 3, "three events");
        await oneLead.UntilAsync(1);

        Assert.Equal("text/event-stream", all.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store, no-transform", all.Response.Headers.CacheControl?.ToString());
        Assert.InRange(all.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.Equal("ready", all.Items[0].EventType);
        var ready = JsonDocument.Parse(all.Items[0].Data).RootElement;
        Assert.Equal(all.Items[0].EventId, ready.GetProperty("position").GetRawText());
        Assert.NotEqual("", ready.GetProperty("instance").GetString());
        Assert.Equal([(a.Value, 2L), (b.Value, 1L), (a.Value, 3L)], PlacesOf(all, a, b));

        // The data is exactly the data on the stream of one lead.
        Assert.Contains(all.Events, item => item.Data == oneLead.Events[0].Data);
        Assert.Equal(all.Items.Select(ReadId).Order(), all.Items.Select(ReadId));
    }

    [Fact]
    public async Task A_stream_filtered_by_leads_and_types_shows_only_matching_events_live_and_replayed()
    {
        await using var instance = await fixture.StartInstanceAsync(("PageSize", "2"));
        var (a, b, c) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var query = $"?lead={a}&lead={b}&type=sms_received&type=call_status";
        await using var filtered = await instance.WatchManyAsync(query);
        foreach (var lead in new[] { a, b, c })
        {
            await fixture.RaiseAsync(lead);
            await fixture.RaiseAsync(lead, type: LeadEventTypes.CallStatus);
            await fixture.RaiseAsync(lead, type: LeadEventTypes.LeadCreated);
        }

        await fixture.RaiseAsync(a);
        (Guid, long)[] expected = [(a.Value, 1), (a.Value, 2), (b.Value, 1), (b.Value, 2), (a.Value, 4)];
        await Wait.UntilAsync(() => filtered.Places.Count >= expected.Length, "the wanted events");
        Assert.Equal(expected, filtered.Places);

        // A replay shows the same events, from memory and from Postgres.
        await using var remembered = await instance.WatchManyAsync(query, ReadId(filtered.Items[0]));
        await using var other = await fixture.StartInstanceAsync(("PageSize", "2"), ("TailRecentBytes", "0"));
        await using var replayed = await other.WatchManyAsync(query, ReadId(filtered.Items[0]));
        foreach (var client in new[] { remembered, replayed })
        {
            await Wait.UntilAsync(() => client.Places.Count >= expected.Length, "the wanted events again");
            Assert.Equal(expected, client.Places);
            Assert.Equal(filtered.Events.Select(item => (item.EventId, item.Data)), client.Events.Select(item => (item.EventId, item.Data)));
        }
    }

    [Fact]
    public async Task The_resume_point_of_a_filtered_stream_advances_while_no_event_matches()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.050"));
        var (watched, busy) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.WatchManyAsync($"?lead={watched}");
        await using var all = await instance.WatchManyAsync();
        await fixture.RaiseAsync(busy);
        await Wait.UntilAsync(() => PlacesOf(all, busy).Count == 1, "the other lead's event");

        await Wait.UntilAsync(() => ParseNumber(client.LastEventId) >= ParseNumber(all.LastEventId), "a later resume point");
        Assert.Single(client.Items);
    }

    [Fact]
    public async Task A_passing_frame_is_shown_on_streams_whose_filter_matches_its_lead_and_type()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (a, b) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var all = await instance.WatchManyAsync();
        await using var filteredByLead = await instance.WatchManyAsync($"?lead={a}");
        await using var filteredByType = await instance.WatchManyAsync("?type=sms_received");
        foreach (var lead in new[] { b, a })
        {
            await fixture.PublishPassingAsync(lead, LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, DateTimeOffset.UtcNow, "{}"));
        }

        await fixture.RaiseAsync(a);
        await Wait.UntilAsync(() => PlacesOf(filteredByType, a).Count == 1, "the event");
        await Wait.UntilAsync(() => LeadsPassed(all, a, b).Count == 2 && LeadsPassed(filteredByLead, a).Count == 1, "the passing frames");
        Assert.Equal([b.Value, a.Value], LeadsPassed(all, a, b));
        Assert.Empty(LeadsPassed(filteredByLead, b));
        Assert.Empty(filteredByType.Passing);
    }

    [Fact]
    public async Task A_last_event_id_beyond_the_log_is_answered_with_reset_and_the_stream_continues_from_the_newest_event()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await using var client = await instance.WatchManyAsync($"?lead={lead}", lastEventId: 1_000_000_000);
        await Wait.UntilAsync(() => client.Items.Count >= 2, "reset");
        await fixture.RaiseAsync(lead);
        await Wait.UntilAsync(() => client.Events.Count == 1, "the event");

        Assert.Equal(["ready", "reset", LeadEventTypes.SmsReceived], client.Items.Select(item => item.EventType));
        Assert.Equal([(lead.Value, 2L)], client.Places);
    }

    [Fact]
    public async Task A_stream_from_place_0_shows_the_whole_log()
    {
        await using var instance = await fixture.StartInstanceAsync(("PageSize", "3"));
        var lead = await fixture.AddLeadAsync();
        for (var i = 0; i < 10; i++)
        {
            await fixture.AppendAsync(lead);
        }

        await using var client = await instance.WatchManyAsync($"?lead={lead}&lastEventId=0");
        await Wait.UntilAsync(() => client.Events.Count == 10, "ten events");
        Assert.Equal(Enumerable.Range(1, 10).Select(seq => (lead.Value, (long)seq)), client.Places);
    }

    [Theory]
    [InlineData("?lead=nobody", "lead", "Not a lead id")]
    [InlineData("?lead=01890a5d-ac96-774b-bcce-b302099a8057", "lead", "Unknown lead")]
    [InlineData("?type=sms_received&type=sms", "type", "Unknown type of event")]
    [InlineData("?type=ready", "type", "Unknown type of event")]
    [InlineData("?lastEventId=1e3", null, "Not an event id")]
    [InlineData("101", "lead", "Too many leads")]
    public async Task An_invalid_filter_or_event_id_is_refused_with_a_problem_that_names_the_field(string query, string? field, string title)
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient();
        var ids = Enumerable.Range(0, 101).Select(_ => $"lead={LeadId.New(TimeProvider.System)}");
        var address = $"/api/stream/conversations{(query == "101" ? "?" + string.Join('&', ids) : query)}";
        using var response = await client.GetAsync(new Uri(address, UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement;
        Assert.Equal(title, problem.GetProperty("title").GetString());
        if (field is not null)
        {
            Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        }
    }

    [Fact]
    public async Task A_token_for_some_leads_opens_streams_of_those_leads_only()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (mine, alsoMine, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var token = StreamTokenMaker.Token(leads: [mine, alsoMine]);
        await using var client = await SseClient.OpenAsync(
            instance, $"/api/stream/conversations?lead={mine}&lead={alsoMine}&access_token={token}", key: null);
        await fixture.RaiseAsync(alsoMine);
        await Wait.UntilAsync(() => client.Places.Count == 1, "the event");

        using var anonymous = instance.NewClient(key: null);
        foreach (var query in new[] { "?", $"?lead={other}&", $"?lead={mine}&lead={other}&" })
        {
            using var refused = await anonymous.GetAsync(
                new Uri($"/api/stream/conversations{query}access_token={token}", UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("Not a lead of this token", await refused.Content.ReadAsStringAsync(Cancellation));
        }

        await using var all = await SseClient.OpenAsync(
            instance, $"/api/stream/conversations?access_token={StreamTokenMaker.Token()}", key: null);
        Assert.Equal("ready", all.Items[0].EventType);
    }

    [Fact]
    public async Task Streams_of_many_leads_end_when_the_host_stops()
    {
        var instance = await fixture.StartInstanceAsync();
        await using var client = await instance.WatchManyAsync();
        await instance.DisposeAsync();
        Assert.True(await client.Ended);
    }

    private static List<(Guid Lead, long Seq)> PlacesOf(SseClient client, params LeadId[] leads) =>
        [.. client.Places.Where(place => leads.Contains(new LeadId(place.Lead)))];

    private static List<Guid> LeadsPassed(SseClient client, params LeadId[] leads) =>
    [
        .. client.Passing.Select(item => JsonDocument.Parse(item.Data).RootElement.GetProperty("leadId").GetGuid())
            .Where(lead => leads.Contains(new LeadId(lead))),
    ];

    private static long ReadId(System.Net.ServerSentEvents.SseItem<string> item) => ParseNumber(item.EventId!);

    private static long ParseNumber(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
