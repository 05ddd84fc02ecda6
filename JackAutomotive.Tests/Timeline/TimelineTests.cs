using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Timeline;

/// <summary>The timeline of a lead.</summary>
public sealed class TimelineTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly LeadDriver _leads = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Everything_that_webhooks_bring_of_a_lead_appears_with_the_delivery_that_caused_it()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _leads.DeliverAsync([.. EveryWebhook.CustomerStory(Api, fixture.Time, number)]);
        await _leads.DeliverAsync([.. EveryWebhook.UnreachedCustomerStory(Api.Sms, fixture.Time, number)]);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        await Api.AnalyseAsync();

        var entries = await _leads.TimelineAsync(await _leads.FindAsync(number));

        string[] expected =
        [
            "action_item", "analysis", "audio", "call", "call_status", "consent_changed", "conversation", "initiation", "lead_created",
            "lead_profile_updated", "lead_sentiment_changed", "message_status", "opt_out", "recording", "text", "turn",
        ];
        Assert.Equal(expected, entries.Select(entry => (string)entry["kind"]!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(entries.Count, entries.Select(entry => (string)entry["id"]!).Distinct().Count());
        foreach (var entry in entries)
        {
            Assert.True(entry["deliveryId"] is not null, $"no delivery: {entry}");
            await _leads.GetAsync($"/api/deliveries/{entry["deliveryId"]}");
        }
    }

    [Fact]
    public async Task An_entry_names_the_very_delivery_that_brought_it()
    {
        var number = IncomingSmsDriver.NewNumber();
        var (sid, conversation) = (IncomingSmsDriver.NewSid(), PostCallDriver.NewConversation());
        await _leads.DeliverAsync(Api.Sms.Text("Hi", number, sid), Api.PostCall.Request(PostCallDriver.Transcription(conversation, number)));

        var entries = await _leads.TimelineAsync(await _leads.FindAsync(number), "kind=text,turn");

        foreach (var (kind, key) in new[] { ("text", $"sms:{sid}"), ("turn", conversation) })
        {
            var entry = entries.First(entry => (string?)entry["kind"] == kind);
            var id = await fixture.ReadAsync<long>("SELECT id FROM inbox WHERE strpos(dedup_key, $1) > 0", key);
            Assert.Equal(id, (long)entry["deliveryId"]!);
        }
    }

    [Fact]
    public async Task Turns_stand_at_their_absolute_time_between_the_texts()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _leads.TextAsync(number, "before");
        var start = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _leads.TextAsync(number, "during");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var call = PostCallDriver.Transcription(number: number, eventTimestamp: fixture.Time.GetUtcNow().ToUnixTimeSeconds());
        call["data"]!["metadata"]!["start_time_unix_secs"] = start.ToUnixTimeSeconds();
        call["data"]!["transcript"] = new JsonArray(
            PostCallDriver.Turn("agent", "one", 1), PostCallDriver.Turn("user", "two", 1), PostCallDriver.Turn("agent", null, 2),
            PostCallDriver.Turn("user", "three", 90));
        await _leads.DeliverAsync(Api.PostCall.Request(call));
        var lead = await _leads.FindAsync(number);

        var entries = await _leads.TimelineAsync(lead, "kind=text,turn&order=asc");

        Assert.Equal(["before", "one", "two", "during", "three"], entries.Select(WordsOf));
        Assert.Equal(start.AddSeconds(90), entries[^1]["at"]!.GetValue<DateTimeOffset>());
        var newestFirst = await _leads.TimelineAsync(lead, "kind=text,turn", limit: 2);
        Assert.Equal(Enumerable.Reverse(entries).Select(WordsOf), newestFirst.Select(WordsOf));
    }

    [Fact]
    public async Task Live_lines_and_the_turns_of_the_transcript_never_appear_twice()
    {
        var (number, callSid, conversation) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation());
        var live = new ConversationEventsDriver(fixture.Time, conversation);
        await _leads.DeliverAsync(
            live.Started(number, callSid),
            live.User("Is it still there?", 1, 1),
            live.Agent("Yes, and we", 2, 2),
            live.Correction("Yes, and we", "Yes.", 2, 3),
            live.Correction("Come b", "Come by.", 4, 5));
        var lead = await _leads.FindAsync(number);

        Assert.Equal(["user: Is it still there?", "agent: Yes.", "agent: Come by."], await TurnsAsync(lead));
        Assert.Equal(["conversation"], (await _leads.TimelineAsync(lead, "kind=conversation")).Select(entry => (string?)entry["kind"]));

        var call = PostCallDriver.Transcription(conversation, number);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = callSid;
        await _leads.DeliverAsync(Api.PostCall.Request(call));
        Assert.Equal(["agent: Hello, this is Jack.", "user: Hi. Is the blue one still there?"], await TurnsAsync(lead));

        // Reports that arrive after the transcript change nothing.
        await _leads.DeliverAsync(live.User("Late words", 9, 9), live.Ended(10));
        Assert.Equal(["agent: Hello, this is Jack.", "user: Hi. Is the blue one still there?"], await TurnsAsync(lead));
        Assert.Single(await _leads.TimelineAsync(lead, "kind=conversation"));
    }

    [Fact]
    public async Task The_pages_of_a_timeline_are_its_parts_in_both_orders_whatever_their_size()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _leads.DeliverAsync([.. EveryWebhook.CustomerStory(Api, fixture.Time, number)]);
        await Api.AnalyseAsync();
        var lead = await _leads.FindAsync(number);
        var all = (await _leads.TimelineAsync(lead)).ConvertAll(entry => entry.ToJsonString());
        Assert.True(all.Count > 20);

        foreach (var limit in new[] { 1, 2, 3, 7 })
        {
            Assert.Equal(all, (await _leads.TimelineAsync(lead, "", limit)).Select(entry => entry.ToJsonString()));
            Assert.Equal(Enumerable.Reverse(all), (await _leads.TimelineAsync(lead, "order=asc", limit)).Select(entry => entry.ToJsonString()));
        }
    }

    [Fact]
    public async Task A_call_and_the_conversation_on_it_show_the_outcome_that_the_lead_shows()
    {
        var (number, callSid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());
        var call = PostCallDriver.Transcription(number: number);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = callSid;
        await _leads.DeliverAsync(
        [
            .. new VoiceStatusDriver(Api.Sms).Answered(callSid, number),
            new VoiceStatusDriver(Api.Sms).Detected(callSid, "machine_end_beep"),
            Api.PostCall.Request(call),
        ]);
        var lead = await _leads.FindAsync(number);
        var details = await _leads.GetAsync($"/api/leads/{lead}");

        var entries = await _leads.TimelineAsync(lead, "kind=call&kind=conversation&order=asc");

        Assert.Equal("call conversation", string.Join(' ', entries.Select(entry => (string?)entry["kind"]).Order(StringComparer.Ordinal)));
        foreach (var (kind, shown) in new[] { ("call", details["calls"]![0]!), ("conversation", details["conversations"]![0]!) })
        {
            var data = entries.Single(entry => (string?)entry["kind"] == kind)["data"]!;
            Assert.Equal(
                ((string?)shown["outcome"], (string?)shown["outcomeReason"], (string?)shown["mechanism"]),
                ((string?)data["outcome"], (string?)data["outcomeReason"], (string?)data["mechanism"]));
            Assert.NotNull((string?)data["outcome"]);
        }

        Assert.Equal(VoiceStatusDriver.Began, entries.Single(entry => (string?)entry["kind"] == "call")["at"]!.GetValue<DateTimeOffset>());
    }

    [Fact]
    public async Task A_text_shows_its_media_and_why_it_failed()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _leads.DeliverAsync(Api.Sms.Picture(number, ("https://api.example.com/1", "image/jpeg"), ("https://api.example.com/2", "image/png")));
        var lead = await _leads.FindAsync(number);
        var sid = IncomingSmsDriver.NewSid();
        await fixture.ReadAsync<Guid>("""
            INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at)
            VALUES (gen_random_uuid(), $1, 'outbound', $2, '+12025550199', $3, 'Yes', now()) RETURNING id
            """, lead, sid, number);
        await _leads.DeliverAsync(new SmsStatusDriver(Api.Sms).Status(sid, "undelivered", number, 30003));

        var texts = (await _leads.TimelineAsync(lead, "kind=text")).ConvertAll(entry => entry["data"]!);

        var incoming = texts.Single(text => (string?)text["direction"] == "inbound");
        Assert.Equal(("received", ""), ((string?)incoming["status"], (string?)incoming["body"]));
        Assert.Equal(["image/jpeg", "image/png"], incoming["media"]!.AsArray().Select(item => (string?)item!["contentType"]));
        var sent = texts.Single(text => (string?)text["direction"] == "outbound");
        Assert.Equal(("undelivered", "30003", "Unreachable destination handset"),
            ((string?)sent["status"], (string?)sent["errorCode"], (string?)sent["errorMessage"]));
    }

    [Fact]
    public async Task The_turns_follow_a_conversation_whose_lead_changes()
    {
        var (number, other, conversation) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber(), PostCallDriver.NewConversation());
        await _leads.DeliverAsync(Api.PostCall.Request(PostCallDriver.Transcription(conversation, number)));
        var (lead, target) = (await _leads.FindAsync(number), await _leads.TextAsync(other));

        await fixture.ReadAsync<string>(
            "UPDATE conversations SET lead_id = $2 WHERE conversation_id = $1 RETURNING conversation_id", conversation, target);

        Assert.Empty(await TurnsAsync(lead));
        Assert.Equal(2, (await TurnsAsync(target)).Count);
    }

    [Theory]
    [InlineData("/api/leads/00000000-0000-7000-8000-000000000000/timeline", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/nonsense/timeline", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/nonsense/timeline?kind=smoke", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/timeline?order=up", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/timeline?limit=201", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/timeline?before=x", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/timeline?before=WyIxIiwic21va2UiLCJ4Il0", HttpStatusCode.BadRequest)]
    public async Task An_unknown_lead_and_a_wrong_parameter_are_answered_with_a_problem(string path, HttpStatusCode status) =>
        await _leads.RefuseAsync(HttpMethod.Get, path, status);

    private static string? WordsOf(JsonNode entry) => (string?)(entry["data"]!["body"] ?? entry["data"]!["text"]);

    private async Task<List<string>> TurnsAsync(Guid lead) =>
    [
        .. (await _leads.TimelineAsync(lead, "kind=turn&order=asc")).Select(entry => $"{entry["data"]!["role"]}: {entry["data"]!["text"]}"),
    ];
}
