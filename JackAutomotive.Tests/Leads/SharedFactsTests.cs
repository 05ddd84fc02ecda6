using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Scoring;
using JackAutomotive.Tests.Timeline;

namespace JackAutomotive.Tests.Leads;

/// <summary>What one part of the system knows of a lead counts in the others.</summary>
public sealed class SharedFactsTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    // Noon in all time zones of the contiguous United States, or an hour near it.
    private const string Noon = "2026-11-24T18:30:00Z";

    private readonly string _number = IncomingSmsDriver.NewNumber();
    private readonly LeadDriver _leads = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_opt_out_outlives_the_erasure_of_the_lead_until_the_person_opts_in_again()
    {
        await _leads.TextAsync(_number, "STOP");
        using var erasure = await Api.Client.DeleteAsync(new Uri($"/api/leads/{await _leads.FindAsync(_number)}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, erasure.StatusCode);

        Assert.Equal(["opted_out"], await FindShutGatesAsync());

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await _leads.TextAsync(_number, "START");
        Assert.Empty(await FindShutGatesAsync());
    }

    [Fact]
    public async Task A_lead_with_the_status_do_not_contact_is_not_contacted_until_a_person_gives_it_another_status()
    {
        await _leads.TextAsync(_number);
        var lead = await LeadApi.FindAsync(fixture, _number);
        await lead.SendAsync(HttpMethod.Post, "/status", """{"status": "do_not_contact", "reason": "The lawyer wrote."}""");

        Assert.Equal(["do_not_contact"], await FindShutGatesAsync());

        await lead.SendAsync(HttpMethod.Post, "/status", """{"status": "engaged", "reason": "The matter is settled."}""");
        Assert.Empty(await FindShutGatesAsync());
    }

    [Fact]
    public async Task The_briefing_contains_the_profile_the_notes_and_what_the_lead_said_about_contact()
    {
        await _leads.TextAsync(_number, "STOP");
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await _leads.TextAsync(_number, "START");
        var lead = await LeadApi.FindAsync(fixture, _number);
        await lead.SendAsync(HttpMethod.Patch, "", """{"fields": {"monthlyIncome": "$3,200 a month"}}""");
        await _leads.SendAsync(HttpMethod.Post, $"/api/leads/{lead.Lead}/notes", new JsonObject { ["text"] = "Works nights." }, HttpStatusCode.Created);

        var variables = (await lead.GetAsync("/briefing?channel=voice"))["variables"]!;

        Assert.Contains("monthly income: $3,200", (string?)variables["known_facts"], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("monthly income", (string?)variables["do_not_ask"], StringComparison.Ordinal);
        Assert.Contains("Works nights.", (string?)variables["staff_notes"], StringComparison.Ordinal);
        Assert.Equal(2, ((string)variables["opt_outs"]!).Split('\n').Length);
    }

    [Fact]
    public async Task The_list_of_leads_finds_them_by_status_and_score_and_sorts_them_by_score()
    {
        await _leads.TextAsync(_number, "I want to buy the truck today, I can put $3,000 down. Call me!");
        await _leads.TextAsync(IncomingSmsDriver.NewNumber(), "Wrong number");
        await Api.AnalyseAsync();
        await Api.ScoreAsync();

        var sorted = (await _leads.GetAsync("/api/leads?sort=score&limit=200"))["items"]!.AsArray();
        var scores = sorted.Select(lead => (int)lead!["score"]!).ToList();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.True(scores.Count >= 2);

        var best = (await _leads.GetAsync($"/api/leads?minScore={scores[0]}&status={(string?)sorted[0]!["status"]}"))["items"]!.AsArray();
        Assert.Contains(best, lead => (string?)lead!["id"] == (string?)sorted[0]!["id"]);
        Assert.All(best, lead => Assert.True((int)lead!["score"]! >= scores[0]));

        var problem = await _leads.RefuseAsync(HttpMethod.Get, "/api/leads?status=hot&minScore=101&readiness=yes", HttpStatusCode.BadRequest);
        Assert.Equal(["minScore", "readiness", "status"], problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    private async Task<IEnumerable<string?>> FindShutGatesAsync()
    {
        using var answer = await Api.Client.PostAsJsonAsync(
            new Uri("/api/outbound/check", UriKind.Relative), new { to = _number, channel = "text", at = Noon }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var check = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
        return check["gates"]!.AsArray().Where(gate => !(bool)gate!["allowed"]!).Select(gate => (string?)gate!["gate"]);
    }
}
