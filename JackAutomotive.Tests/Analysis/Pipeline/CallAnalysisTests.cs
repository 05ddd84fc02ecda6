using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>From a signed post-call webhook to the stored analysis.</summary>
public sealed class CallAnalysisTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const long At = 1_793_000_000;
    private const string Hello = "Hello, this is Jack. How can I help?";

    private readonly AnalysisDriver _driver = new(fixture, fixture.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task A_transcript_is_queued_by_its_handler_and_analysed_in_the_background()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback, "Will do.");
        Assert.Empty(await _driver.AnalysesAsync());
        Assert.Equal(1, await fixture.CountAsync("analysis_queue WHERE subject = $1", _driver.Conversation));

        await Api.AnalyseAsync();

        Assert.Equal(
            [
                "lead_created", "conversation_transcript_added", "post_call_summary", "conversation_insights", "action_item_created",
            ],
            await fixture.ReadEventTypesAsync(_driver.Number));
        Assert.Equal(0, await fixture.CountAsync("analysis_queue WHERE subject = $1", _driver.Conversation));
        var insights = Assert.Single(await _driver.EventsAsync("conversation_insights"));
        Assert.Equal("voice", (string?)insights["channel"]);
        Assert.Equal(["callback_request"], insights["intents"]!.AsArray().Select(intent => (string)intent!["name"]!));
        Assert.Equal((1, 3, "rules"), ((int)insights["actionItems"]!, (int)insights["turns"]!, (string?)insights["engine"]));
        Assert.DoesNotContain("How can I help", insights.ToJsonString(), StringComparison.Ordinal);
        var item = Assert.Single(await _driver.EventsAsync("action_item_created"));
        Assert.Equal(("staff", 1), ((string?)item["owner"], (int)item["turn"]!));
        var caused = await fixture.ListAsync<bool>(
            "SELECT delivery_id = (SELECT max(id) FROM inbox WHERE dedup_key LIKE '%' || $1 || '%') FROM lead_events WHERE data->>'analysisId' = $2",
            _driver.Conversation,
            (string)insights["analysisId"]!);
        Assert.All(caused, Assert.True);
    }

    [Fact]
    public async Task The_preview_answers_exactly_what_the_pipeline_stores()
    {
        string[] words = [Hello, "That payment is way too high. Call me tomorrow at five.", "Will do.", "Great, I love this place!"];
        await _driver.CallAsync(At, words);
        await Api.AnalyseAsync();
        var stored = Assert.Single(await _driver.AnalysesAsync())!;

        using var answer = await Api.Client.PostAsJsonAsync("/api/analyses/preview", new
        {
            turns = words.Select((text, i) => new { role = i % 2 == 0 ? "agent" : "user", text, offsetSeconds = i * 4 }),
            timeZone = PhoneTimeZones.Find(_driver.Number, DateTimeZoneProviders.Tzdb["America/New_York"]).Id,
            startedAt = (string?)stored["startedAt"],
        }, Cancellation);

        Assert.Equal(await answer.Content.ReadAsStringAsync(Cancellation), stored["analysis"]!.ToJsonString(new()
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }));
        Assert.Equal("success", (string?)stored["provider"]!["callSuccessful"]);
        Assert.Equal("The customer asked for the blue one.", (string?)stored["provider"]!["summary"]);
    }

    [Fact]
    public async Task A_repeated_delivery_and_a_repeated_analysis_of_the_provider_change_nothing()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await Api.AnalyseAsync();
        var items = (await _driver.ActionItemsAsync()).ToJsonString();

        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await _driver.CallAsync(At + 60, Hello, AnalysisDriver.Callback);
        await Api.AnalyseAsync();

        Assert.Single(await _driver.EventsAsync("conversation_insights"));
        Assert.Single(await _driver.EventsAsync("action_item_created"));
        Assert.Empty(await _driver.EventsAsync("action_item_updated"));
        Assert.Equal(items, (await _driver.ActionItemsAsync()).ToJsonString());
        Assert.Equal(1, (int)Assert.Single(await _driver.AnalysesAsync())!["revision"]!);
    }

    [Fact]
    public async Task A_changed_transcript_updates_the_items_and_withdraws_those_that_are_gone()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await Api.AnalyseAsync();
        var id = (string)Assert.Single(await _driver.ActionItemsAsync())!["id"]!;

        await _driver.CallAsync(At + 60, Hello, "Call me tomorrow at six.");
        await Api.AnalyseAsync();
        var moved = Assert.Single(await _driver.ActionItemsAsync())!;
        await _driver.CallAsync(At + 120, Hello, "What colors do you have?");
        await Api.AnalyseAsync();
        var withdrawn = Assert.Single(await _driver.ActionItemsAsync())!;
        await _driver.CallAsync(At + 180, Hello, AnalysisDriver.Callback);
        await Api.AnalyseAsync();

        Assert.Equal((id, "open"), ((string?)moved["id"], (string?)moved["state"]));
        Assert.Contains("T18:00:00", (string)moved["dueAt"]!, StringComparison.Ordinal);
        Assert.Equal((id, "withdrawn"), ((string?)withdrawn["id"], (string?)withdrawn["state"]));
        Assert.Single(await _driver.EventsAsync("action_item_created"));
        Assert.Equal(["open", "withdrawn"], (await _driver.EventsAsync("action_item_updated")).Take(2).Select(e => (string)e["state"]!));
    }

    [Fact]
    public async Task A_crash_between_claim_and_commit_costs_a_lease_and_nothing_else()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        var queue = Api.Services.GetRequiredService<AnalysisQueue>();
        var lost = Assert.Single(await queue.ClaimAsync(1, Cancellation), job => job.Subject == _driver.Conversation);

        Assert.Equal(0, await Api.AnalyseAsync());
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, await Api.AnalyseAsync());
        var events = await _driver.CountEventsAsync();

        // The first worker was only slow, and ends its attempt late.
        await Api.Services.GetRequiredService<StoreAnalysis>().HandleAsync(lost, Cancellation);

        Assert.Equal(events, await _driver.CountEventsAsync());
        Assert.Equal(1, (int)Assert.Single(await _driver.AnalysesAsync())!["revision"]!);
        Assert.Single(await _driver.ActionItemsAsync());
    }

    [Fact]
    public async Task Two_workers_with_jobs_for_one_conversation_store_one_analysis()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await _driver.CallAsync(At + 60, Hello, AnalysisDriver.Callback);
        await using var other = fixture.Start();

        await Task.WhenAll(Api.AnalyseAsync(), other.AnalyseAsync());

        Assert.Single(await _driver.EventsAsync("conversation_insights"));
        Assert.Single(await _driver.EventsAsync("action_item_created"));
    }

    [Fact]
    public async Task A_stop_request_that_is_heard_in_a_call_is_stored_once_with_its_words()
    {
        const string Words = "Please stop calling me and take me off your list.";
        await _driver.CallAsync(At, Hello, Words);
        await Api.AnalyseAsync();
        await _driver.CallAsync(At + 60, Hello, Words, "I am sorry. I will.");
        await Api.AnalyseAsync();

        var optOut = Assert.Single(await _driver.EventsAsync("opt_out_detected"));
        Assert.Equal(("voice", _driver.Conversation, 1), ((string?)optOut["channel"], (string?)optOut["conversationId"], (int)optOut["turn"]!));
        var evidence = optOut["evidence"]![0]!;
        Assert.Equal(Words.Substring((int)evidence["start"]!, (int)evidence["length"]!), (string?)evidence["text"]);
        Assert.Equal(
            await fixture.ReadAsync<long>("SELECT min(id) FROM inbox WHERE dedup_key LIKE '%' || $1 || '%'", _driver.Conversation),
            (long)optOut["deliveryId"]!);
        Assert.Equal(1, await fixture.CountAsync("opt_out_detections WHERE source = $1 AND channel = 'voice'", _driver.Conversation));
    }

    [Fact]
    public async Task The_sentiment_of_a_lead_is_reported_only_when_it_changes()
    {
        await _driver.CallAsync(At, Hello, "What colors do you have?");
        await Api.AnalyseAsync();
        Assert.Empty(await _driver.EventsAsync("lead_sentiment_changed"));

        await _driver.CallAsync(At + 60, Hello, "You people lied to me. This is a total scam and I am furious.");
        await Api.AnalyseAsync();
        await _driver.CallAsync(At + 120, Hello, "You people lied to me. This is a total scam and I am really furious.");
        await Api.AnalyseAsync();

        var changed = Assert.Single(await _driver.EventsAsync("lead_sentiment_changed"));
        Assert.Equal(("negative", "neutral"), ((string?)changed["label"], (string?)changed["previous"]));
    }

    [Fact]
    public async Task A_job_that_keeps_failing_waits_for_a_rerun()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await fixture.ExecuteAsync($"""
            CREATE FUNCTION refuse_analysis() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''22000''; END';
            CREATE TRIGGER refuse BEFORE INSERT ON conversation_analyses
            FOR EACH ROW WHEN (NEW.subject = '{_driver.Conversation}') EXECUTE FUNCTION refuse_analysis();
            """);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(1, await Api.AnalyseAsync());
            fixture.Time.Advance(TimeSpan.FromMinutes(6));
        }

        Assert.Equal(0, await Api.AnalyseAsync());
        Assert.Equal(1, await fixture.CountAsync("analysis_queue WHERE failed_at IS NOT NULL AND reason LIKE '%22000%'"));
        await fixture.ExecuteAsync("DROP TRIGGER refuse ON conversation_analyses");

        Assert.Equal(1, (int)(await _driver.RerunAsync(new JsonObject { ["failed"] = true }))["queued"]!);
        await Api.AnalyseAsync();

        Assert.Single(await _driver.AnalysesAsync());
    }

    [Fact]
    public async Task A_conversation_that_ends_the_process_is_not_claimed_for_ever()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        var queue = Api.Services.GetRequiredService<AnalysisQueue>();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Single(await queue.ClaimAsync(10, Cancellation));
            fixture.Time.Advance(TimeSpan.FromMinutes(2));
        }

        await Api.AnalyseAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Empty(await queue.ClaimAsync(10, Cancellation));
        Assert.Equal(1, await fixture.CountAsync("analysis_queue WHERE subject = $1 AND failed_at IS NOT NULL", _driver.Conversation));
        await fixture.ExecuteAsync("DELETE FROM analysis_queue");
    }

    [Fact]
    public async Task A_new_version_analyses_again_on_demand_and_reports_only_what_is_new()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await Api.AnalyseAsync();
        var events = await _driver.CountEventsAsync();
        await fixture.ExecuteAsync($"UPDATE conversation_analyses SET version = '0.9' WHERE subject = '{_driver.Conversation}'");

        var answer = await _driver.RerunAsync(new JsonObject { ["notVersion"] = JackAutomotive.Analysis.RuleEngine.Version });
        await Api.AnalyseAsync();

        Assert.Equal(1, (int)answer["queued"]!);
        var analysis = Assert.Single(await _driver.AnalysesAsync())!;
        Assert.Equal((JackAutomotive.Analysis.RuleEngine.Version, 2), ((string?)analysis["analysis"]!["version"], (int)analysis["revision"]!));
        Assert.Equal(events, await _driver.CountEventsAsync());
    }

    [Fact]
    public async Task Calls_from_before_the_analysis_existed_are_analysed_on_demand()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await fixture.ExecuteAsync("DELETE FROM analysis_queue");

        await _driver.RerunAsync(new JsonObject { ["missing"] = true });
        await Api.AnalyseAsync();

        Assert.Single(await _driver.AnalysesAsync());
    }

    [Theory]
    [InlineData("body", "{}")]
    [InlineData("body", """{"limit": 5}""")]
    [InlineData("body", "[]")]
    [InlineData("limit", """{"engine": "rules", "limit": 0}""")]
    [InlineData("channel", """{"channel": "fax"}""")]
    [InlineData("leadId", """{"leadId": "x"}""")]
    [InlineData("endedFrom", """{"endedFrom": "2026"}""")]
    [InlineData("engin", """{"engin": "rules"}""")]
    [InlineData("failed", """{"failed": true, "engine": "rules"}""")]
    [InlineData("conversationId", """{"conversationId": "\u0000"}""")]
    public async Task A_rerun_without_a_valid_criterion_is_refused(string field, string body)
    {
        using var answer = await Api.Client.PostAsJsonAsync("/api/analyses/rerun", JsonNode.Parse(body), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, Assert.Single((await Problem.AssertAsync(answer))["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task A_deleted_lead_leaves_nothing_of_its_analyses()
    {
        await _driver.CallAsync(At, Hello, "Stop calling me. You are liars. " + AnalysisDriver.Callback);
        await Api.AnalyseAsync();
        await _driver.CallAsync(At + 60, Hello, AnalysisDriver.Callback);
        var lead = await _driver.LeadAsync();

        await fixture.ExecuteAsync($"DELETE FROM leads WHERE id = '{lead}'");
        await Api.AnalyseAsync();

        foreach (var table in new[] { "analysis_queue", "conversation_analyses", "action_items", "lead_sentiments", "opt_out_detections" })
        {
            Assert.Equal(0, await fixture.CountAsync($"{table} WHERE lead_id = $1", lead));
        }
    }
}
