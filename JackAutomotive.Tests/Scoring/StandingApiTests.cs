using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Scoring;

namespace JackAutomotive.Tests.Scoring;

/// <summary>What follows from webhooks and from people's decisions, end to end.</summary>
public sealed class StandingApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task A_story_of_a_lead_ends_in_the_expected_status_score_and_next_action()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await LeadApi.CreateLeadAsync(fixture, number);
        var first = await lead.GetAsync("/standing");
        Assert.Equal(("new", "first_contact"), ((string?)first["status"]!["status"], (string?)first["nextAction"]!["kind"]));
        Assert.Equal(29, (int)first["score"]!);
        Assert.Equal(("warm", "Not Ready"), ((string?)first["mood"], (string?)first["funding"]!["readiness"]));

        await CallAsync(number, ("monthly_income", "$3,200"), ("employer", "Acme"), ("trade_in", "2014 Fusion"));
        var second = await lead.GetAsync("/standing");
        Assert.Equal("engaged", (string?)second["status"]!["status"]);
        Assert.Equal("Partial", (string?)second["funding"]!["readiness"]);
        Assert.True((int)second["score"]! > 29);

        var score = await lead.GetAsync("/score");
        var rows = score["factors"]!.AsArray();
        Assert.Equal((int)score["score"]!, (int)Math.Round(rows.Sum(row => (double)row!["points"]!), MidpointRounding.AwayFromZero));
        Assert.Equal(ScoreFormula.Version, (string?)score["formula"]);
        Assert.Contains(rows, row => (string?)row!["factor"] == "funding");

        var types = await fixture.ReadEventTypesAsync(number);
        Assert.Equal(1, types.Count(type => type == "lead_status_changed"));
        Assert.Equal(1, types.Count(type => type == "funding_readiness_changed"));
        Assert.Equal(2, types.Count(type => type == "lead_score_updated"));
        Assert.Equal(
            (int)score["score"]!, await fixture.ReadAsync<int>("SELECT score FROM lead_scores WHERE lead_id = $1", lead.Lead));
    }

    [Fact]
    public async Task A_stop_text_ends_all_contact_and_a_start_text_resumes_it()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await LeadApi.CreateLeadAsync(fixture, number);
        await CallAsync(number);

        await TextAsync(number, "Stop.");
        var stopped = await lead.GetAsync("/standing");
        Assert.Equal(("do_not_contact", "lead"), ((string?)stopped["status"]!["status"], (string?)stopped["status"]!["changedBy"]));
        Assert.Equal((0, "none"), ((int)stopped["score"]!, (string?)stopped["nextAction"]!["kind"]));
        Assert.Contains((await lead.GetAsync("/score"))["factors"]!.AsArray(), row => (string?)row!["factor"] == "stop");

        // A text of a stopped lead changes neither the status nor the score, so it raises no further event.
        await TextAsync(number, "Is it still there?");
        Assert.Equal("sms_received", (await fixture.ReadEventTypesAsync(number))[^1]);
        Assert.Equal("do_not_contact", (string?)(await lead.GetAsync("/standing"))["status"]!["status"]);

        await TextAsync(number, "START");
        Assert.Equal("engaged", (string?)(await lead.GetAsync("/standing"))["status"]!["status"]);
    }

    [Fact]
    public async Task A_person_moves_a_lead_and_the_history_tells_who_and_why()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        await PostStatusAsync(lead, """{"status": "contacted"}""");
        Assert.Equal(["reason"], await lead.RefuseAsync(HttpMethod.Post, "/status", """{"status": "new"}"""));
        Assert.Equal(["reason"], await lead.RefuseAsync(HttpMethod.Post, "/status", """{"status": "do_not_contact"}"""));

        var visit = new DateTimeOffset(2027, 1, 4, 15, 0, 0, TimeSpan.Zero);
        var standing = await PostStatusAsync(lead, $$"""{"status": "appointment", "appointmentAt": "{{visit:yyyy-MM-ddTHH:mm:ssZ}}"}""");
        Assert.Equal(visit, (DateTimeOffset)standing["status"]!["appointmentAt"]!);
        Assert.Equal(1, (await PostStatusAsync(lead, """{"status": "engaged", "noShow": true}"""))["status"]!["noShows"]!.GetValue<int>());
        await PostStatusAsync(lead, """{"status": "lost", "reason": "Bought a boat."}""");
        await PostStatusAsync(lead, """{"status": "lost", "reason": "Said so again."}""");

        var history = (await lead.GetAsync("/history"))["items"]!.AsArray().Where(item => (string?)item!["field"] == "status").ToList();
        Assert.Equal(["lost", "engaged", "appointment", "contacted"], history.Select(item => (string?)item!["newValue"]));
        Assert.All(history, item => Assert.Equal("person", (string?)item!["changedBy"]));
        Assert.Equal("Bought a boat.", (string?)history[0]!["reason"]);
        Assert.Equal(4, await fixture.CountAsync("lead_events WHERE lead_id = $1 AND type = 'lead_status_changed'", lead.Lead));
    }

    [Fact]
    public async Task A_webhook_does_not_overrule_a_person_with_what_happened_before()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await LeadApi.CreateLeadAsync(fixture, number);
        await CallAsync(number);
        await PostStatusAsync(lead, """{"status": "contacted", "reason": "It was her husband."}""");

        await Api.PostCall.Request(PostCallDriver.Transcription(number: number)).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await Api.ScoreAsync();
        Assert.Equal("contacted", (string?)(await lead.GetAsync("/standing"))["status"]!["status"]);

        await TextAsync(number, "ok");
        Assert.Equal("engaged", (string?)(await lead.GetAsync("/standing"))["status"]!["status"]);
    }

    [Theory]
    [InlineData("""{"status": "hot"}""", "status")]
    [InlineData("""{"status": 1}""", "status")]
    [InlineData("{}", "status")]
    [InlineData("""{"status": "contacted", "appointmentAt": "2026-11-24T15:00:00Z"}""", "appointmentAt")]
    [InlineData("""{"status": "appointment", "appointmentAt": "tomorrow"}""", "appointmentAt")]
    [InlineData("""{"status": "contacted", "noShow": true}""", "noShow")]
    [InlineData("""{"status": "contacted", "noShow": "yes"}""", "noShow")]
    [InlineData("""{"status": "contacted", "reason": 1}""", "reason")]
    [InlineData("""{"status": "contacted", "why": "x"}""", "why")]
    [InlineData("[]", "body")]
    public async Task An_invalid_status_is_refused_and_names_the_field(string body, string field)
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);

        Assert.Equal([field], await lead.RefuseAsync(HttpMethod.Post, "/status", body));
        Assert.Equal("new", (string?)(await lead.GetAsync("/standing"))["status"]!["status"]);
    }

    [Fact]
    public async Task Documents_that_staff_record_make_a_lead_ready()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await LeadApi.CreateLeadAsync(fixture, number);
        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": 3200, "employer": "Acme", "downPayment": 500}}""");
        await Api.ScoreAsync();
        var missing = (await lead.GetAsync("/standing"))["funding"]!;
        Assert.Equal(
            ["proof_of_income", "proof_of_residence", "identity", "insurance"], missing["missing"]!.AsArray().Select(item => (string)item!));

        foreach (var kind in missing["missing"]!.AsArray())
        {
            await lead.SendAsync(HttpMethod.Put, $"/documents/{kind}", """{"state": "received"}""");
            await lead.SendAsync(HttpMethod.Put, $"/documents/{kind}", """{"state": "received"}""");
        }

        Assert.Equal("Ready", (string?)(await lead.GetAsync("/standing"))["funding"]!["readiness"]);
        Assert.Equal(4, await fixture.CountAsync("lead_history WHERE lead_id = $1 AND subject = 'document'", lead.Lead));
        Assert.Equal(5, await fixture.CountAsync("lead_events WHERE lead_id = $1 AND type = 'funding_readiness_changed'", lead.Lead));

        Assert.Equal(["kind"], await lead.RefuseAsync(HttpMethod.Put, "/documents/passport_photo", """{"state": "received"}"""));
        Assert.Equal(["state"], await lead.RefuseAsync(HttpMethod.Put, "/documents/identity", """{"state": "lost"}"""));
        Assert.Equal(["state"], await lead.RefuseAsync(HttpMethod.Put, "/documents/identity", "{}"));
        Assert.Equal(["note"], await lead.RefuseAsync(HttpMethod.Put, "/documents/identity", """{"state": "received", "note": 1}"""));
    }

    [Fact]
    public async Task Words_of_a_summary_never_change_the_funding_readiness()
    {
        var number = IncomingSmsDriver.NewNumber();
        var call = PostCallDriver.Transcription(number: number);
        call["data"]!["analysis"]!["transcript_summary"] = "The customer is approved and qualified, and sent all documents for verification.";
        await Api.PostCall.Request(call).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(
            "Not Ready", (string?)(await (await LeadApi.FindAsync(fixture, number)).GetAsync("/standing"))["funding"]!["readiness"]);
    }

    [Fact]
    public async Task The_passing_of_time_lowers_the_score_only_of_leads_that_are_due()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        await Api.ScoreAsync();
        Assert.Equal(0, await Api.ScoreAsync());
        var before = await ReadScoreAsync(lead);

        fixture.Time.Advance(TimeSpan.FromDays(4));
        Assert.True(await Api.ScoreAsync() > 0);

        Assert.True(await ReadScoreAsync(lead) < before);
        Assert.Equal(2, await fixture.CountAsync("lead_events WHERE lead_id = $1 AND type = 'lead_score_updated'", lead.Lead));
        Assert.Equal(0, await Api.ScoreAsync());
    }

    [Fact]
    public async Task A_score_of_another_formula_is_computed_again_when_a_new_version_starts()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        await fixture.ListAsync<int>(
            "UPDATE lead_scores SET formula = 'old', score = 99, due_at = NULL WHERE lead_id = $1 RETURNING score", lead.Lead);
        await using var api = fixture.Start();

        await api.ScoreAsync();

        Assert.NotEqual(99, await ReadScoreAsync(lead));
        Assert.Equal(ScoreFormula.Version, await fixture.ReadAsync<string>("SELECT formula FROM lead_scores WHERE lead_id = $1", lead.Lead));
    }

    [Fact]
    public async Task Overdue_is_computed_from_the_clock_at_the_moment_of_reading()
    {
        var lead = await LeadApi.CreateLeadAsync(fixture);
        Assert.False((bool)(await lead.GetAsync("/standing"))["nextAction"]!["overdue"]!);

        fixture.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.True((bool)(await lead.GetAsync("/standing"))["nextAction"]!["overdue"]!);
    }

    [Fact]
    public async Task Two_webhooks_of_one_lead_at_once_end_in_the_score_of_both()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await LeadApi.CreateLeadAsync(fixture, number);
        await using var other = fixture.Start();
        for (var i = 0; i < 5; i++)
        {
            await Api.Sms.Text("more", number).DeliverAsync(Api.Client);
            await Api.PostCall.Request(PostCallDriver.Transcription(number: number, eventTimestamp: 1_793_000_000 + i)).DeliverAsync(Api.Client);
        }

        await Wait.UntilAsync(
            async () =>
            {
                await Task.WhenAll(Api.DrainAsync(), other.DrainAsync());
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
                return await fixture.CountAsync("inbox WHERE state = 'pending'") == 0;
            },
            "every delivery to be done");
        await Task.WhenAll(Api.ScoreAsync(), other.ScoreAsync());
        await Api.ScoreAsync();

        Assert.InRange((int)(await lead.GetAsync("/score"))["score"]! - await ReadScoreAsync(lead), -1, 1);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state = 'parked'"));
    }

    private Task<int> ReadScoreAsync(LeadApi lead) =>
        fixture.ReadAsync<int>("SELECT score FROM lead_scores WHERE lead_id = $1", lead.Lead);

    private static Task<JsonNode> PostStatusAsync(LeadApi lead, string body) => lead.SendAsync(HttpMethod.Post, "/status", body);

    private async Task TextAsync(string number, string body)
    {
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await Api.Sms.Text(body, number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await Api.ScoreAsync();
    }

    private async Task CallAsync(string number, params (string Id, JsonNode? Value)[] collected)
    {
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        var now = fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        var call = PostCallDriver.Transcription(number: number, eventTimestamp: now);
        call["data"]!["metadata"]!["start_time_unix_secs"] = now;
        call["data"]!["analysis"]!["data_collection_results"] = PostCallDriver.Collected(collected);
        await Api.PostCall.Request(call).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await Api.ScoreAsync();
    }
}
