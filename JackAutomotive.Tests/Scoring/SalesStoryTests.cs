using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Simulator;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Scoring;

/// <summary>One buyer over nine days, played by the simulator on the clock of the service.</summary>
public sealed class SalesStoryTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Number = "+12025550142";

    // Midnight in the buyer's time zone.
    private static readonly StoryClock s_clock = new(new DateTimeOffset(2026, 11, 24, 5, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(1));

    [Fact]
    public async Task A_sales_story_ends_in_the_expected_lead_profile_timeline_score_and_next_action()
    {
        await using var api = fixture.Start(
            ("TWILIO_AUTH_TOKEN", RunningSimulator.AuthToken),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", RunningSimulator.Secret),
            ("Analysis:TextPause", "00:00:00"));
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));
        await using var onOurClock = simulator.WithWebHostBuilder(
            builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(fixture.Time)));
        var story = onOurClock.Services.GetRequiredService<SalesStoryWebhooks>();
        var post = onOurClock.Services.GetRequiredService<WebhookPost>();
        var random = new Random(12);
        var person = People.Invent(random, Number);

        foreach (var (moment, webhooks) in story.Build(person, random, s_clock))
        {
            await AdvanceAsync(api, s_clock.TimeOf(moment.At));
            foreach (var webhook in webhooks)
            {
                var delivery = await post.SendAsync(webhook, null, TestContext.Current.CancellationToken);
                Assert.True(delivery.Accepted, $"{delivery.Kind}: {delivery.Status} {delivery.Title}");
            }

            await WorkAsync(api);
            await CheckAsync(moment.Name, person, await LeadApi.FindAsync(fixture, Number));
        }

        await CheckEndAsync(person, await LeadApi.FindAsync(fixture, Number));
    }

    private static async Task CheckAsync(string moment, Person person, LeadApi lead)
    {
        var standing = await lead.GetAsync("/standing");
        var action = standing["nextAction"]!;
        var state = (
            Status: (string?)standing["status"]!["status"], Mood: (string?)standing["mood"], Action: (string?)action["kind"],
            Funding: (string?)standing["funding"]!["readiness"]);
        switch (moment)
        {
            case "missed-call":
                AssertIs(("new", "warm", "return_call", "Not Ready"));
                Assert.Equal(25, (int)standing["score"]!);
                break;
            case "first-text":
                AssertIs(("new", "warm", "return_call", "Not Ready"));
                break;
            case "callback-request":
                AssertIs(("new", "warm", "first_contact", "Not Ready"));
                break;
            case "second-call":
                AssertIs(("engaged", "warm", "keep_promise", "Partial"));
                await CheckProfileAsync(person, lead);
                var items = standing["funding"]!["items"]!.AsArray();
                Assert.Equal(
                    ["proof_of_income", "proof_of_residence"],
                    items.Where(item => (string?)item!["state"] == "promised").Select(item => (string?)item!["name"]));
                break;
            case "documents":
                AssertIs(("engaged", "warm", "keep_promise", "Partial"));
                await lead.SendAsync(HttpMethod.Put, "/documents/proof_of_income", """{"state": "verified"}""");
                await lead.SendAsync(HttpMethod.Put, "/documents/proof_of_residence", """{"state": "received"}""");
                var funding = (await lead.GetAsync("/standing"))["funding"]!;
                Assert.Equal(["identity", "insurance"], funding["missing"]!.AsArray().Select(item => (string?)item));
                break;
            case "decision":
                AssertIs(("engaged", "warm", "answer_text", "Partial"));
                Assert.InRange((int)standing["score"]!, 60, 100);
                await CheckScoreAsync(lead);
                await lead.SendAsync(HttpMethod.Post, "/status", """{"status": "appointment", "appointmentAt": "2026-11-28T15:00:00Z"}""");
                break;
            default:
                AssertIs(("do_not_contact", "cold", "none", "Partial"));
                break;
        }

        void AssertIs((string Status, string Mood, string Action, string Funding) expected) =>
            Assert.True(expected == state, $"{moment}: expected {expected}, is {standing.ToJsonString()}");
    }

    private static async Task CheckProfileAsync(Person person, LeadApi lead)
    {
        var name = await lead.ReadFieldAsync("name");
        Assert.Equal((person.Name, "provider"), ((string?)name["value"], (string?)name["source"]));
        Assert.Equal(person.MonthlyIncome, (decimal)(await lead.ReadFieldAsync("monthlyIncome"))["value"]!);
        Assert.Equal(person.MonthlyBudget, (decimal)(await lead.ReadFieldAsync("monthlyPaymentBudget"))["value"]!);
        Assert.True((bool)(await lead.ReadFieldAsync("tradeIn"))["value"]!["has"]!);
    }

    private static async Task CheckScoreAsync(LeadApi lead)
    {
        var score = await lead.GetAsync("/score");
        var factors = score["factors"]!.AsArray().ToDictionary(row => (string)row!["factor"]!, row => row!);
        Assert.Equal("high", (string?)score["band"]);
        Assert.Superset(new HashSet<string> { "recency", "texts", "calls", "buying_signals", "profile", "funding" }, factors.Keys.ToHashSet());
        Assert.Contains("take it", (string)factors["buying_signals"]["reason"]!, StringComparison.Ordinal);
        Assert.Equal((int)score["score"]!, (int)Math.Round(factors.Values.Sum(row => (double)row["points"]!), MidpointRounding.AwayFromZero));
    }

    private async Task CheckEndAsync(Person person, LeadApi lead)
    {
        var details = await lead.GetAsync("");
        Assert.Equal((Number, person.Name), ((string?)details["phone"], (string?)details["name"]));
        Assert.Equal(5, details["messages"]!.AsArray().Count);
        Assert.Single(details["conversations"]!.AsArray());
        Assert.Equal(0, (int)(await lead.GetAsync("/score"))["score"]!);

        // The log in its order. Statuses of calls and the recording stand between these events.
        string[] announced =
        [
            "lead_created", "sms_received", "lead_profile_updated", "lead_status_changed", "lead_score_updated", "funding_readiness_changed",
            "opt_out_detected",
        ];
        var events = (await fixture.ReadEventTypesAsync(Number)).Where(announced.Contains).ToList();
        Assert.Equal("lead_created", events[0]);
        Assert.Equal(5, events.Count(type => type == "sms_received"));
        Assert.Equal(3, events.Count(type => type == "lead_status_changed"));
        Assert.Contains("opt_out_detected", events);
        Assert.True(events.LastIndexOf("opt_out_detected") < events.LastIndexOf("lead_status_changed"));

        var history = (await lead.GetAsync("/history?limit=200"))["items"]!.AsArray();
        Assert.Equal(
            ["do_not_contact", "appointment", "engaged"],
            history.Where(item => (string?)item!["subject"] == "status" && (string?)item["field"] == "status")
                .Select(item => (string?)item!["newValue"]));
        Assert.All(
            history.Where(item => (string?)item!["changedBy"] != "person"), item => Assert.NotNull(item!["deliveryId"]));
        Assert.DoesNotContain(
            (await fixture.Instance.Client.GetFromJsonAsync<JsonNode>(
                new Uri("/api/leads/priorities", UriKind.Relative), TestContext.Current.CancellationToken))!["items"]!.AsArray(),
            item => (Guid)item!["leadId"]! == lead.Lead);
    }

    // Time passes, and scores fade meanwhile.
    private async Task AdvanceAsync(WebhookApiInstance api, DateTimeOffset time)
    {
        while (fixture.Time.GetUtcNow() + TimeSpan.FromHours(6) < time)
        {
            fixture.Time.Advance(TimeSpan.FromHours(6));
            await api.ScoreAsync();
        }

        fixture.Time.SetUtcNow(time);
    }

    private static async Task WorkAsync(WebhookApiInstance api)
    {
        await api.DrainAsync();
        await api.AnalyseAsync();
        await api.ScoreAsync();
    }
}
