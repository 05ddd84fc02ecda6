using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Timeline.List;

namespace JackAutomotive.Tests.Timeline;

/// <summary>The search, the filters and the orders of the list of leads.</summary>
public sealed class LeadListTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly LeadDriver _leads = new(fixture);

    [Fact]
    public async Task A_search_finds_a_lead_by_the_beginnings_of_the_words_of_its_name_whatever_their_accents_and_case()
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        await fixture.ReadAsync<Guid>("UPDATE leads SET name = $2 WHERE id = $1 RETURNING id", lead, "José-María O'Núñez");

        foreach (var query in new[] { "jose", "JOSÉ MAR", "maría", "nun", "O'Nunez", "maria, jose" })
        {
            Assert.Equal([lead], await SearchAsync(query));
        }

        foreach (var query in new[] { "ose", "jose miller", "núñezz" })
        {
            Assert.DoesNotContain(lead, await SearchAsync(query));
        }
    }

    [Fact]
    public async Task A_search_finds_a_lead_by_its_number_in_any_spelling_or_by_its_last_digits()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await _leads.TextAsync(number);
        var (area, exchange, line) = (number[2..5], number[5..8], number[8..]);

        string[] spellings = [number, $"({area}) {exchange}-{line}", $"1 {area} {exchange} {line}", $"{area}.{exchange}.{line}", $"{exchange}-{line}"];
        foreach (var spelling in spellings)
        {
            Assert.Contains(lead, await SearchAsync(spelling));
        }

        Assert.Equal([lead], await SearchAsync(number[4..]));
        Assert.DoesNotContain(lead, await SearchAsync($"{area}{exchange}"));
    }

    [Fact]
    public async Task A_search_finds_a_lead_by_the_words_of_its_texts_and_transcripts()
    {
        var (writer, caller) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        var texted = await _leads.TextAsync(writer, "Do you still have the F-150 with the zeppelin-grey paint?");
        var call = PostCallDriver.Transcription(number: caller);
        call["data"]!["transcript"] = new JsonArray(
            PostCallDriver.Turn("agent", "Hello, this is Jack.", 0), PostCallDriver.Turn("user", "I want the zeppelin.", 2), PostCallDriver.Turn("agent", null, 3));
        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(call));
        var called = await _leads.FindAsync(caller);

        Assert.Equal([called, texted], await SearchAsync("zeppelin"));
        Assert.Equal([texted], await SearchAsync("zeppelin grey"));
        Assert.Equal([texted], await SearchAsync("f-150 zepp"));
        Assert.Equal([called], await SearchAsync("jack zeppelin"));
        Assert.Empty(await SearchAsync("zeppelins"));
    }

    [Theory]
    [InlineData("marzipan")]
    [InlineData("marzipan blue")]
    [InlineData("nomatch")]
    [InlineData("the end of the number")]
    public async Task Common_and_rare_words_are_found_in_two_ways_with_one_result(string text)
    {
        var number = IncomingSmsDriver.NewNumber();
        text = text == "the end of the number" ? number[^4..] : text;
        await _leads.TextAsync(number, "A marzipan car?");
        await _leads.TextAsync(IncomingSmsDriver.NewNumber(), "Blue marzipan");
        var named = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        await fixture.ReadAsync<Guid>("UPDATE leads SET name = $2 WHERE id = $1 RETURNING id", named, "Ann Marzipan");
        var search = await LeadSearch.ReadAsync(fixture.Database, text, TestContext.Current.CancellationToken);

        var results = new List<List<Guid>>();
        foreach (var isCommon in new[] { false, true })
        {
            var query = new LeadQuery { Sort = LeadSort.LastContact, Limit = 50 };
            query.Find(search with { IsCommon = isCommon });
            await using var command = query.CreateCommand(fixture.Database);
            results.Add(await command.ReadAllAsync(row => row.GetGuid(0), TestContext.Current.CancellationToken));
        }

        Assert.False(search.IsCommon);
        Assert.Equal(text == "nomatch", results[0].Count == 0);
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public async Task Words_that_a_newer_transcript_no_longer_has_are_not_found()
    {
        var (number, conversation) = (IncomingSmsDriver.NewNumber(), PostCallDriver.NewConversation());
        var call = PostCallDriver.Transcription(conversation, number);
        call["data"]!["transcript"]![1]!["message"] = "A quixotic car.";
        var corrected = PostCallDriver.Transcription(conversation, number, 1_793_000_060);
        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(call));
        var lead = await _leads.FindAsync(number);
        Assert.Equal([lead], await SearchAsync("quixotic"));

        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(corrected));

        Assert.Empty(await SearchAsync("quixotic"));
        Assert.Contains(lead, await SearchAsync("blue one"));
    }

    [Fact]
    public async Task The_list_is_ordered_by_last_contact_page_by_page_in_both_directions()
    {
        var numbers = Enumerable.Range(0, 5).Select(_ => IncomingSmsDriver.NewNumber()).ToList();
        var leads = new List<Guid>();
        foreach (var number in numbers)
        {
            leads.Add(await _leads.TextAsync(number));
        }

        // The oldest lead writes again, and the second is called.
        await _leads.TextAsync(numbers[0]);
        await _leads.DeliverAsync(CallNow(numbers[1], "ringing"));
        Guid[] expected = [leads[1], leads[0], leads[4], leads[3], leads[2]];

        var newestFirst = await _leads.ListAsync("sort=lastContact", limit: 2);
        var oldestFirst = await _leads.ListAsync("sort=lastContact&order=asc", limit: 2);

        Assert.Equal(expected, newestFirst.Where(leads.Contains));
        Assert.Equal(Enumerable.Reverse(newestFirst), oldestFirst);
        Assert.Equal(newestFirst.Count, newestFirst.Distinct().Count());
        Assert.Equal(Enumerable.Reverse(leads), (await _leads.ListAsync("", limit: 2)).Where(leads.Contains));
        Assert.Equal(leads, (await _leads.ListAsync("sort=created&order=asc", limit: 2)).Where(leads.Contains));
    }

    [Fact]
    public async Task Leads_of_the_same_moment_are_listed_once_each()
    {
        var leads = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var number = IncomingSmsDriver.NewNumber();
            await _leads.DeliverAsync(fixture.Instance.Sms.Text(from: number));
            leads.Add(await _leads.FindAsync(number));
        }

        Assert.Equal(leads.Order(), (await _leads.ListAsync("sort=lastContact", limit: 2)).Where(leads.Contains).Order());
    }

    [Fact]
    public async Task A_text_is_unanswered_until_somebody_has_talked_with_the_lead()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await _leads.TextAsync(number);
        Assert.True((bool)(await ReadAsync(number))["isUnanswered"]!);
        Assert.Contains(lead, await _leads.ListAsync("unanswered=true"));

        await _leads.DeliverAsync(CallNow(number, "busy"));
        Assert.True((bool)(await ReadAsync(number))["isUnanswered"]!);

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(
            PostCallDriver.Transcription(number: number, eventTimestamp: fixture.Time.GetUtcNow().ToUnixTimeSeconds())));
        Assert.False((bool)(await ReadAsync(number))["isUnanswered"]!);
        Assert.Contains(lead, await _leads.ListAsync("unanswered=false"));
        Assert.DoesNotContain(lead, await _leads.ListAsync("unanswered=true"));
    }

    [Fact]
    public async Task A_transcript_that_arrives_late_does_not_move_the_last_contact_back()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _leads.TextAsync(number);
        var before = (await ReadAsync(number))["lastContactAt"]!.ToJsonString();

        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(PostCallDriver.Transcription(number: number)));

        var lead = await ReadAsync(number);
        Assert.Equal((before, true), (lead["lastContactAt"]!.ToJsonString(), (bool)lead["isUnanswered"]!));
    }

    [Fact]
    public async Task The_list_is_filtered_by_channel_and_by_times()
    {
        var number = IncomingSmsDriver.NewNumber();
        var start = fixture.Time.GetUtcNow();
        var texted = await _leads.TextAsync(number);
        var middle = fixture.Time.GetUtcNow();
        var whatsApp = IncomingSmsDriver.NewNumber();
        await _leads.DeliverAsync(fixture.Instance.Sms.Text(from: $"whatsapp:{whatsApp}"));
        var (messenger, caller) = (await _leads.FindAsync(whatsApp), IncomingSmsDriver.NewNumber());
        await _leads.DeliverAsync(fixture.Instance.PostCall.Request(PostCallDriver.Transcription(number: caller)));
        var called = await _leads.FindAsync(caller);
        Guid[] all = [texted, messenger, called];

        Assert.Equal([texted], Known(await _leads.ListAsync("channel=sms")));
        Assert.Equal([messenger], Known(await _leads.ListAsync("channel=whatsapp")));
        Assert.Equal([called], Known(await _leads.ListAsync("channel=voice")));
        Assert.Equal([texted], Known(await _leads.ListAsync($"createdFrom={start:yyyy-MM-dd'T'HH:mm:ss'Z'}&createdTo={middle:yyyy-MM-dd'T'HH:mm:ss'Z'}")));
        Assert.Equal([messenger], Known(await _leads.ListAsync($"lastContactFrom={middle:yyyy-MM-dd'T'HH:mm:ss'Z'}&channel=whatsapp")));
        Assert.Empty(Known(await _leads.ListAsync($"lastContactFrom={middle.AddHours(1):yyyy-MM-dd'T'HH:mm:ss'Z'}")));

        List<Guid> Known(List<Guid> leads) => [.. leads.Where(all.Contains)];
    }

    [Theory]
    [InlineData("q", "q=a")]
    [InlineData("q", "q=!!!!")]
    [InlineData("q", "q=%00abc")]
    [InlineData("label", "label=")]
    [InlineData("label", "label=a%00b")]
    [InlineData("assignee", "assignee=ann")]
    [InlineData("channel", "channel=SMS")]
    [InlineData("createdFrom", "createdFrom=yesterday")]
    [InlineData("lastContactTo", "lastContactTo=2026-11-23T12:00:00")]
    [InlineData("unanswered", "unanswered=yes")]
    [InlineData("sort", "sort=name")]
    [InlineData("order", "order=up")]
    [InlineData("limit", "limit=0")]
    [InlineData("before", "before=x&sort=lastContact")]
    [InlineData("before", "before=01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48&sort=lastContact")]
    [InlineData("before", "before=WyJsYXN0Q29udGFjdCIsIngiLCJ5Il0&sort=lastContact")]
    [InlineData("colour", "colour=red")]
    [InlineData("sort", "sort=created&sort=lastContact")]
    public async Task A_wrong_or_unknown_parameter_is_answered_with_a_problem_that_names_it(string parameter, string query)
    {
        var problem = await _leads.RefuseAsync(HttpMethod.Get, $"/api/leads?{query}", HttpStatusCode.BadRequest);

        Assert.Equal([parameter], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    private SignedRequest CallNow(string number, string status) => new VoiceStatusDriver(fixture.Instance.Sms).Fields(
        ("CallSid", VoiceStatusDriver.NewSid()), ("CallStatus", status), ("Direction", "outbound-api"), ("From", IncomingSmsDriver.OurNumber),
        ("To", number), ("SequenceNumber", "1"), ("Timestamp", fixture.Time.GetUtcNow().ToString("r").Replace("GMT", "+0000", StringComparison.Ordinal)));

    private Task<List<Guid>> SearchAsync(string query) => _leads.ListAsync($"q={Uri.EscapeDataString(query)}");

    private async Task<JsonNode> ReadAsync(string number) =>
        Assert.Single((await _leads.GetAsync($"/api/leads?phone={Uri.EscapeDataString(number)}"))["items"]!.AsArray())!;
}
