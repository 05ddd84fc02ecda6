extern alias realtime;

using System.Globalization;
using System.Net;
using System.Text.Json;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>What a client of many leads sees while nothing goes wrong.</summary>
public sealed class TailStreamTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_of_all_leads_begins_like_any_other_and_shows_what_happens_to_each()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (a, b) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await fixture.RaiseAsync(a);
        await using var all = await instance.FollowAsync();
        await using var one = await instance.WatchAsync(b);

        await fixture.RaiseAsync(a);
        await fixture.RaiseAsync(b, """{ "body" : "Grüße & \u00e9 🚗",  "n":1.50 }""");
        await fixture.RaiseAsync(a);
        await Wait.UntilAsync(() => Of(all, a, b).Count == 3, "three events");
        await one.UntilAsync(1);

        Assert.Equal("text/event-stream", all.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store, no-transform", all.Response.Headers.CacheControl?.ToString());
        Assert.InRange(all.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.Equal("ready", all.Items[0].EventType);
        var ready = JsonDocument.Parse(all.Items[0].Data).RootElement;
        Assert.Equal(all.Items[0].EventId, ready.GetProperty("position").GetRawText());
        Assert.NotEqual("", ready.GetProperty("instance").GetString());
        Assert.Equal([(a.Value, 2L), (b.Value, 1L), (a.Value, 3L)], Of(all, a, b));

        // To the letter what the stream of one lead shows.
        Assert.Contains(all.Events, item => item.Data == one.Events[0].Data);
        Assert.Equal(all.Items.Select(IdOf).Order(), all.Items.Select(IdOf));
    }

    [Fact]
    public async Task Several_leads_and_types_are_all_that_is_shown()
    {
        await using var instance = await fixture.StartInstanceAsync(("PageSize", "2"));
        var (a, b, c) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var query = $"?lead={a}&lead={b}&type=sms_received&type=call_status";
        await using var filtered = await instance.FollowAsync(query);
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

        // The same in what is replayed, from memory and from Postgres.
        await using var remembered = await instance.FollowAsync(query, IdOf(filtered.Items[0]));
        await using var other = await fixture.StartInstanceAsync(("PageSize", "2"), ("TailRecentBytes", "0"));
        await using var replayed = await other.FollowAsync(query, IdOf(filtered.Items[0]));
        foreach (var client in new[] { remembered, replayed })
        {
            await Wait.UntilAsync(() => client.Places.Count >= expected.Length, "the wanted events again");
            Assert.Equal(expected, client.Places);
            Assert.Equal(filtered.Events.Select(item => (item.EventId, item.Data)), client.Events.Select(item => (item.EventId, item.Data)));
        }
    }

    [Fact]
    public async Task A_client_whose_filter_wants_nothing_for_a_while_resumes_from_where_the_log_is_by_then()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.050"));
        var (watched, busy) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var client = await instance.FollowAsync($"?lead={watched}");
        await using var all = await instance.FollowAsync();
        await fixture.RaiseAsync(busy);
        await Wait.UntilAsync(() => Of(all, busy).Count == 1, "the other lead's event");

        await Wait.UntilAsync(() => Number(client.LastEventId) >= Number(all.LastEventId), "a later resume point");
        Assert.Single(client.Items);
    }

    [Fact]
    public async Task Passing_frames_are_shown_to_those_who_want_their_lead_and_type()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (a, b) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var all = await instance.FollowAsync();
        await using var ofA = await instance.FollowAsync($"?lead={a}");
        await using var texts = await instance.FollowAsync("?type=sms_received");
        foreach (var lead in new[] { b, a })
        {
            await fixture.PassAsync(lead, LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, DateTimeOffset.UtcNow, "{}"));
        }

        await fixture.RaiseAsync(a);
        await Wait.UntilAsync(() => Of(texts, a).Count == 1, "the event");
        await Wait.UntilAsync(() => Passed(all, a, b).Count == 2 && Passed(ofA, a).Count == 1, "the passing frames");
        Assert.Equal([b.Value, a.Value], Passed(all, a, b));
        Assert.Empty(Passed(ofA, b));
        Assert.Empty(texts.Passing);
    }

    [Fact]
    public async Task A_place_that_the_log_never_gave_is_answered_with_reset_and_the_stream_goes_on_from_the_newest()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await using var client = await instance.FollowAsync($"?lead={lead}", lastEventId: 1_000_000_000);
        await Wait.UntilAsync(() => client.Items.Count >= 2, "reset");
        await fixture.RaiseAsync(lead);
        await Wait.UntilAsync(() => client.Events.Count == 1, "the event");

        Assert.Equal(["ready", "reset", LeadEventTypes.SmsReceived], client.Items.Select(item => item.EventType));
        Assert.Equal([(lead.Value, 2L)], client.Places);
    }

    [Fact]
    public async Task From_place_0_the_whole_log_is_shown()
    {
        await using var instance = await fixture.StartInstanceAsync(("PageSize", "3"));
        var lead = await fixture.AddLeadAsync();
        for (var i = 0; i < 10; i++)
        {
            await fixture.AppendAsync(lead);
        }

        await using var client = await instance.FollowAsync($"?lead={lead}&lastEventId=0");
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
    public async Task What_cannot_be_followed_is_refused_with_a_problem_that_names_the_field(string query, string? field, string title)
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient();
        var ids = Enumerable.Range(0, 101).Select(_ => $"lead={LeadId.New(TimeProvider.System)}");
        var address = $"/api/stream/conversations{(query == "101" ? "?" + string.Join('&', ids) : query)}";
        using var response = await client.GetAsync(new Uri(address, UriKind.Relative), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled)).RootElement;
        Assert.Equal(title, problem.GetProperty("title").GetString());
        if (field is not null)
        {
            Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        }
    }

    [Fact]
    public async Task A_token_that_names_leads_opens_streams_of_these_and_of_no_others()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (mine, alsoMine, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var token = StreamTokenMaker.Token(leads: [mine, alsoMine]);
        await using var client = await SseClient.OpenAsync(
            instance, $"/api/stream/conversations?lead={mine}&lead={alsoMine}&access_token={token}", key: null);
        await fixture.RaiseAsync(alsoMine);
        await Wait.UntilAsync(() => client.Places.Count == 1, "the event");

        using var stranger = instance.NewClient(key: null);
        foreach (var query in new[] { "?", $"?lead={other}&", $"?lead={mine}&lead={other}&" })
        {
            using var refused = await stranger.GetAsync(
                new Uri($"/api/stream/conversations{query}access_token={token}", UriKind.Relative), Cancelled);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("Not a lead of this token", await refused.Content.ReadAsStringAsync(Cancelled));
        }

        await using var all = await SseClient.OpenAsync(
            instance, $"/api/stream/conversations?access_token={StreamTokenMaker.Token()}", key: null);
        Assert.Equal("ready", all.Items[0].EventType);
    }

    [Fact]
    public async Task Streams_of_many_leads_end_when_the_host_stops()
    {
        var instance = await fixture.StartInstanceAsync();
        await using var client = await instance.FollowAsync();
        await instance.DisposeAsync();
        Assert.True(await client.Ended);
    }

    private static List<(Guid Lead, long Seq)> Of(SseClient client, params LeadId[] leads) =>
        [.. client.Places.Where(place => leads.Contains(new LeadId(place.Lead)))];

    private static List<Guid> Passed(SseClient client, params LeadId[] leads) =>
    [
        .. client.Passing.Select(item => JsonDocument.Parse(item.Data).RootElement.GetProperty("leadId").GetGuid())
            .Where(lead => leads.Contains(new LeadId(lead))),
    ];

    private static long IdOf(System.Net.ServerSentEvents.SseItem<string> item) => Number(item.EventId!);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
