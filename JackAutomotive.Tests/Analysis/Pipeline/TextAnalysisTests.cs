using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Analysis.Sources;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>A lead's texts, gathered until the lead pauses.</summary>
public sealed class TextAnalysisTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly AnalysisDriver _driver = new(fixture, fixture.Instance);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Texts_in_quick_succession_are_analysed_together_when_the_lead_pauses()
    {
        string[] sids = [await _driver.TextAsync("Hi there"), await _driver.TextAsync("is the blue truck still available"), await _driver.TextAsync("or did it sell")];
        await Api.AnalyseAsync();
        Assert.Empty(await _driver.AnalysesAsync());

        fixture.Time.Advance(TimeSpan.FromSeconds(61));
        await Api.AnalyseAsync();

        var analysis = Assert.Single(await _driver.AnalysesAsync())!;
        Assert.Equal(sids.Order(), analysis["messageSids"]!.AsArray().Select(sid => (string)sid!).Order());
        Assert.Equal("sms", (string?)analysis["channel"]);
        Assert.Null(analysis["provider"]);
        Assert.Single(await _driver.EventsAsync("conversation_insights"));
    }

    [Theory]
    [InlineData("STOP")]
    [InlineData("pls stop texting me")]
    [InlineData("Let me talk to a real person")]
    public async Task A_text_that_cannot_wait_is_analysed_at_once(string words)
    {
        await _driver.TextAsync(words);
        await Api.AnalyseAsync();

        Assert.Single(await _driver.AnalysesAsync());
    }

    [Fact]
    public async Task A_stop_request_names_its_text_its_words_and_its_delivery_once()
    {
        const string Words = "ok whatever. stop texting me";
        var sid = await _driver.TextAsync(Words);
        await Api.AnalyseAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await _driver.TextAsync("I mean it");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();

        var optOut = Assert.Single(await _driver.EventsAsync("opt_out_detected"));
        Assert.Equal(("sms", sid), ((string?)optOut["channel"], (string?)optOut["messageSid"]));
        Assert.Null(optOut["conversationId"]);
        var evidence = optOut["evidence"]![0]!;
        Assert.Equal(Words.Substring((int)evidence["start"]!, (int)evidence["length"]!), (string?)evidence["text"]);
        Assert.Equal(
            await fixture.ReadAsync<long>("SELECT id FROM inbox WHERE dedup_key LIKE '%' || $1", sid), (long)optOut["deliveryId"]!);
        Assert.Equal(1, await fixture.CountAsync("opt_out_detections WHERE source = $1", sid));
    }

    [Fact]
    public async Task A_channel_other_than_SMS_is_remembered_with_a_stop_request()
    {
        await Api.Sms.Text("Stop messaging me", $"whatsapp:{_driver.Number}").DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await Api.AnalyseAsync();

        Assert.Equal("whatsapp", (string?)Assert.Single(await _driver.EventsAsync("opt_out_detected"))["channel"]);
    }

    [Fact]
    public async Task A_picture_without_words_and_a_text_of_nobody_are_not_queued()
    {
        await Api.Sms.Picture(_driver.Number, ("https://api.example.com/1", "image/jpeg")).DeliverAsync(Api.Client);
        await Api.Sms.Text("words of nobody", "anonymous").DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(0, await fixture.CountAsync("analysis_queue WHERE lead_id = $1", await _driver.LeadAsync()));
    }

    [Fact]
    public async Task A_text_after_a_long_pause_begins_another_conversation()
    {
        await _driver.TextAsync("Call me tomorrow at five");
        fixture.Time.Advance(TimeSpan.FromHours(13));
        await _driver.TextAsync("Call me tomorrow at five");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();

        Assert.Equal(2, (await _driver.AnalysesAsync()).Count);
        Assert.Equal(2, (await _driver.ActionItemsAsync()).Count);
    }

    [Fact]
    public async Task A_later_text_of_a_conversation_adds_to_its_analysis_and_keeps_its_items()
    {
        await _driver.TextAsync("Call me tomorrow at five");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();
        var item = (string)Assert.Single(await _driver.ActionItemsAsync())!["id"]!;

        await _driver.TextAsync("and what colors do you have");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();

        Assert.Equal(2, (int)Assert.Single(await _driver.AnalysesAsync())!["revision"]!);
        Assert.Equal(item, (string?)Assert.Single(await _driver.ActionItemsAsync())!["id"]);
        Assert.Single(await _driver.EventsAsync("action_item_created"));
    }

    [Fact]
    public async Task A_late_text_joins_two_conversations_into_one_without_doubling_their_items()
    {
        await _driver.TextAsync("Call me tomorrow at five");
        fixture.Time.Advance(TimeSpan.FromHours(13));
        await _driver.TextAsync("Can you send me the carfax report");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await Api.AnalyseAsync();
        var items = (await _driver.ActionItemsAsync()).Select(item => (string)item!["id"]!).Order().ToList();
        Assert.Equal(2, items.Count);

        // The text waited on the disk of an instance.
        var late = await _driver.TextAsync("what colors do you have");
        await fixture.ExecuteAsync($"UPDATE messages SET received_at = received_at - interval '6 hours' WHERE message_sid = '{late}'");
        await Api.AnalyseAsync();

        Assert.Equal(3, Assert.Single(await _driver.AnalysesAsync())!["messageSids"]!.AsArray().Count);
        Assert.Equal(items, (await _driver.ActionItemsAsync()).Select(item => (string)item!["id"]!).Order());
    }

    [Fact]
    public void A_conversation_consists_of_the_texts_around_one_without_a_long_gap()
    {
        var start = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        int[] hours = [0, 1, 14, 15, 40];
        var texts = hours.Select(hour => new AnalysisSources.StoredText(
            new LeadId(Guid.Empty), null, start.AddHours(hour), true, "a", $"SM{hour}", "sms")).ToList();

        Assert.Equal(["SM0", "SM1"], Around("SM1"));
        Assert.Equal(["SM14", "SM15"], Around("SM14"));
        Assert.Equal(["SM40"], Around("SM40"));
        Assert.Empty(Around("SM99"));

        IEnumerable<string> Around(string anchor) =>
            AnalysisSources.TakeConversation(texts, anchor, TimeSpan.FromHours(12)).Select(text => text.MessageSid);
    }
}
