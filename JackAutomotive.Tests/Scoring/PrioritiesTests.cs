using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Scoring;

namespace JackAutomotive.Tests.Scoring;

public sealed class PrioritiesTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task The_leads_to_call_first_come_first_with_the_reasons_page_by_page()
    {
        var leads = new List<LeadApi>();
        for (var i = 0; i < 5; i++)
        {
            leads.Add(await LeadApi.CreateLeadAsync(fixture));
            fixture.Time.Advance(TimeSpan.FromHours(30));
        }

        await leads[3].SendAsync(HttpMethod.Post, "/status", """{"status": "do_not_contact", "reason": "Asked at the desk."}""");
        var visit = fixture.Time.GetUtcNow().AddDays(9);
        await leads[4].SendAsync(
            HttpMethod.Post, "/status", $$"""{"status": "appointment", "appointmentAt": "{{visit:yyyy-MM-ddTHH:mm:ssZ}}"}""");

        await Api.ScoreAsync();
        var (seen, next) = (new List<JsonNode>(), "");
        do
        {
            var page = await GetAsync($"/api/leads/priorities?limit=2{next}");
            seen.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = page["next"] is { } after ? $"&after={after}" : "";
        }
        while (next.Length > 0);

        var mine = seen.Where(item => leads.Exists(lead => lead.Lead == (Guid)item["leadId"]!)).ToList();
        Assert.Equal(4, mine.Count); // The appointment is nine days away, but the lead's text still has no answer.
        Assert.DoesNotContain(mine, item => (Guid)item["leadId"]! == leads[3].Lead);
        Assert.Equal(seen.Select(item => (double)item["priority"]!).OrderDescending(), seen.Select(item => (double)item["priority"]!));
        Assert.All(seen, item => Assert.Equal(
            (double)item["priority"]!, item["reasons"]!.AsArray().Sum(reason => (double)reason!["points"]!), 0.21));
        Assert.All(seen, item => Assert.True((bool)item["nextAction"]!["overdue"]!));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("after=99999999999999999999_x", "after")]
    [InlineData("until=tomorrow", "until")]
    public async Task An_invalid_parameter_is_refused_and_named(string query, string field)
    {
        using var answer = await Api.Client.GetAsync(
            new Uri($"/api/leads/priorities?{query}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal([field], (await Problem.AssertAsync(answer))["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task The_list_of_priorities_and_the_timer_use_their_indexes_with_many_leads()
    {
        await fixture.ExecuteAsync($$"""
            WITH lead AS (
                INSERT INTO leads (id, phone, created_at, updated_at)
                SELECT gen_random_uuid(), '+1300' || (5550100 + i), now(), now() FROM generate_series(1, 20000) AS i RETURNING id)
            INSERT INTO lead_scores (lead_id, score, formula, funding, computed_at, due_at, priority_at, action_at)
            SELECT id, 50, '{{ScoreFormula.Version}}', '{}', '2026-01-01', '2199-01-01',
                '2199-01-01'::timestamptz + random() * interval '90 days', '2199-06-01'
            FROM lead
            """);
        await fixture.ExecuteAsync("ANALYZE lead_scores");

        var plan = string.Join('\n', await fixture.ListAsync<string>("EXPLAIN " + ScoreStore.PrioritiesSql
            .Replace("$1", "'2199-12-01'::timestamptz", StringComparison.Ordinal)
            .Replace("$2", "'2199-02-01'::timestamptz", StringComparison.Ordinal)
            .Replace("$3", "'00000000-0000-0000-0000-000000000000'::uuid", StringComparison.Ordinal)
            .Replace("$4", "51", StringComparison.Ordinal)));
        var due = string.Join('\n', await fixture.ListAsync<string>(
            "EXPLAIN SELECT lead_id FROM lead_scores WHERE due_at <= '2026-11-23' ORDER BY due_at LIMIT 500"));

        Assert.Contains("lead_scores_priority", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.Contains("lead_scores_due", due, StringComparison.Ordinal);
    }

    private async Task<JsonNode> GetAsync(string path) =>
        (await Api.Client.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken))!;
}
