using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>What a person does with action items.</summary>
public sealed class ActionItemsApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const long At = 1_793_000_000;
    private const string Hello = "Hello, this is Jack. How can I help?";

    private readonly AnalysisDriver _driver = new(fixture, fixture.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_persons_changes_are_stored_reported_and_survive_a_repeated_analysis()
    {
        var id = await CreateItemAsync();

        var moved = await _driver.PatchAsync(id, new JsonObject { ["owner"] = "customer", ["snoozedUntil"] = "2026-11-30T15:00:00+01:00" });
        await _driver.PatchAsync(id, new JsonObject { ["owner"] = "customer" });
        var done = await _driver.PatchAsync(id, new JsonObject { ["done"] = true });
        await _driver.CallAsync(At + 60, Hello, "Call me tomorrow at six.");
        await fixture.Instance.AnalyseAsync();
        await _driver.CallAsync(At + 120, Hello, "What colors do you have?");
        await fixture.Instance.AnalyseAsync();

        Assert.Equal(
            ("customer", "open", "2026-11-30T14:00:00+00:00", "JACK_API_KEY"),
            ((string?)moved["owner"], (string?)moved["state"], (string?)moved["snoozedUntil"], (string?)moved["editedBy"]));
        Assert.Equal(("done", null), ((string?)done["state"], (string?)done["snoozedUntil"]));
        var item = Assert.Single(await _driver.ActionItemsAsync())!;
        Assert.Equal((id, "done", "customer"), ((string?)item["id"], (string?)item["state"], (string?)item["owner"]));
        Assert.Single(await _driver.EventsAsync("action_item_created"));
        Assert.Equal(["open", "done", "done"], (await _driver.EventsAsync("action_item_updated")).Select(e => (string)e["state"]!));
    }

    [Fact]
    public async Task An_item_is_overdue_when_its_time_has_passed_unless_it_rests_or_is_done()
    {
        await _driver.TextAsync("Call me in two hours");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await fixture.Instance.AnalyseAsync();
        Assert.False((bool)Assert.Single(await _driver.ActionItemsAsync())!["isOverdue"]!);

        fixture.Time.Advance(TimeSpan.FromHours(3));
        var overdue = Assert.Single(await _driver.ActionItemsAsync())!;
        Assert.True((bool)overdue["isOverdue"]!);

        var id = (string)overdue["id"]!;
        var until = fixture.Time.GetUtcNow().AddHours(1).ToString("O");
        Assert.False((bool)(await _driver.PatchAsync(id, new JsonObject { ["snoozedUntil"] = until }))["isOverdue"]!);
        Assert.True((bool)(await _driver.PatchAsync(id, new JsonObject { ["snoozedUntil"] = null }))["isOverdue"]!);
        Assert.False((bool)(await _driver.PatchAsync(id, new JsonObject { ["done"] = true }))["isOverdue"]!);
        Assert.True((bool)(await _driver.PatchAsync(id, new JsonObject { ["done"] = false }))["isOverdue"]!);
    }

    [Fact]
    public async Task Items_are_listed_by_state_and_page_by_page()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback, "Anything else?", "Send me the carfax report too please.");
        await fixture.Instance.AnalyseAsync();
        var all = (await _driver.ActionItemsAsync()).Select(item => (string)item!["id"]!).ToList();
        Assert.Equal(2, all.Count);
        await _driver.PatchAsync(all[0], new JsonObject { ["done"] = true });

        Assert.Equal([all[1]], (await _driver.ActionItemsAsync("?state=open")).Select(item => (string)item!["id"]!));
        Assert.Equal([all[0]], (await _driver.ActionItemsAsync("?state=done")).Select(item => (string)item!["id"]!));
        var page = await _driver.GetAsync($"/api/leads/{await _driver.LeadAsync()}/action-items?limit=1");
        Assert.Equal(all[0], (string?)page["next"]);
        Assert.Equal([all[1]], (await _driver.ActionItemsAsync($"?limit=1&before={all[0]}")).Select(item => (string)item!["id"]!));
    }

    [Theory]
    [InlineData("body", "{}")]
    [InlineData("body", "[]")]
    [InlineData("body", "null")]
    [InlineData("done", """{"done": "yes"}""")]
    [InlineData("done", """{"done": null}""")]
    [InlineData("owner", """{"owner": "jack"}""")]
    [InlineData("owner", """{"owner": "\ud800"}""")]
    [InlineData("snoozedUntil", """{"snoozedUntil": "tomorrow"}""")]
    [InlineData("snoozedUntil", """{"snoozedUntil": "2020-01-01T00:00:00Z"}""")]
    [InlineData("snoozed", """{"snoozed": true}""")]
    public async Task A_wrong_change_names_its_field(string field, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Instance.Client.PatchAsync(
            new Uri($"/api/action-items/{Guid.NewGuid()}", UriKind.Relative), content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer);
        Assert.True(body == "null" || problem["errors"]![field] is not null, problem.ToJsonString());
    }

    [Theory]
    [InlineData("/api/leads/00000000-0000-7000-8000-000000000000/analyses", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/nonsense/action-items", HttpStatusCode.NotFound)]
    [InlineData("/api/leads/nonsense/analyses?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/analyses?before=x", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/action-items?state=late", HttpStatusCode.BadRequest)]
    [InlineData("/api/leads/nonsense/action-items?limit=%00", HttpStatusCode.BadRequest)]
    public async Task An_unknown_lead_and_a_wrong_parameter_are_answered_with_a_problem(string path, HttpStatusCode status)
    {
        using var answer = await fixture.Instance.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);

        Assert.Equal(status, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48")]
    public async Task An_unknown_item_is_not_found(string id)
    {
        using var answer = await fixture.Instance.Client.PatchAsJsonAsync(
            new Uri($"/api/action-items/{id}", UriKind.Relative), new { done = true }, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:no-such-action-item");
    }

    private async Task<string> CreateItemAsync()
    {
        await _driver.CallAsync(At, Hello, AnalysisDriver.Callback);
        await fixture.Instance.AnalyseAsync();
        return (string)Assert.Single(await _driver.ActionItemsAsync())!["id"]!;
    }
}
