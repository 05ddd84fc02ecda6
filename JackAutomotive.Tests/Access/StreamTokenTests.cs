using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Access;

/// <summary><c>POST /api/stream-tokens</c></summary>
public sealed class StreamTokenTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Lead = "01890a5d-ac96-774b-bcce-b302099a8057";

    private static readonly Uri s_address = new("/api/stream-tokens", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    public async Task A_request_without_fields_yields_a_token_for_all_leads_for_ten_minutes_with_the_keys_name(string? body)
    {
        var (token, expiresAt) = await IssueAsync(body);

        Assert.Equal(("JACK_API_KEY", "JACK_API_KEY", null), (token.Key, token.Name, token.Leads));
        Assert.Equal(fixture.Time.GetUtcNow().AddMinutes(10), expiresAt);
        Assert.Equal(expiresAt, token.ExpiresAt);
    }

    [Fact]
    public async Task A_token_has_the_requested_name_leads_and_lifetime()
    {
        var (token, expiresAt) = await IssueAsync($$"""{"name": " Ann ", "leads": ["{{Lead}}", "{{Lead.ToUpperInvariant()}}"], "lifetimeSeconds": 60}""");

        Assert.Equal(("JACK_API_KEY", "Ann"), (token.Key, token.Name));
        Assert.Equal([LeadId.Parse(Lead, null)], token.Leads!);
        Assert.Equal(fixture.Time.GetUtcNow().AddMinutes(1), expiresAt);
    }

    [Theory]
    [InlineData("name", "\"\"")]
    [InlineData("name", "7")]
    [InlineData("name", "\"a\\u0007b\"")]
    [InlineData("name", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"")]
    [InlineData("leads", "[]")]
    [InlineData("leads", "null")]
    [InlineData("leads", "\"" + Lead + "\"")]
    [InlineData("leads", "[\"" + Lead + "\", 7]")]
    [InlineData("leads", "[\"*\"]")]
    [InlineData("lifetimeSeconds", "59")]
    [InlineData("lifetimeSeconds", "3601")]
    [InlineData("lifetimeSeconds", "60.5")]
    [InlineData("lifetimeSeconds", "\"60\"")]
    [InlineData("lead", "\"" + Lead + "\"")]
    [InlineData("name", "true")]
    [InlineData("name", "\"half \\ud800 of a pair\"")]
    [InlineData("name", "\"\\udc00\"")]
    [InlineData("name", "\"a\\u0000b\"")]
    [InlineData("leads", "[\"\\ud800\"]")]
    [InlineData("leads", "[true]")]
    [InlineData("lifetimeSeconds", "true")]
    [InlineData("\\ud800", "1")]
    public async Task An_invalid_field_is_answered_400_and_named(string field, string value)
    {
        using var answer = await PostAsync(fixture.Instance.Client, $$"""{"{{field}}": {{value}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer);
        Assert.NotNull(problem["errors"]![field]);
    }

    [Fact]
    public async Task A_token_for_50_leads_fits_into_a_URL_and_51_leads_are_refused()
    {
        var leads = Enumerable.Range(0, 51).Select(_ => Guid.NewGuid()).ToArray();
        using var tooMany = await PostAsync(fixture.Instance.Client, JsonSerializer.Serialize(new { leads }));
        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);

        using var answer = await PostAsync(fixture.Instance.Client, JsonSerializer.Serialize(new { leads = leads[..50], name = new string('Ж', 100) }));
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("token").GetString()!;
        Assert.InRange(token.Length, 1000, 4000);
    }

    [Fact]
    public async Task Only_keys_with_the_scope_read_get_a_token()
    {
        using var anonymous = fixture.Instance.NewClient(null);
        using var unauthorized = await PostAsync(anonymous, "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, unauthorized.StatusCode);

        await fixture.ExecuteAsync(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES (sha256('may-only-write'), 'writer', '{write}', now())");
        using var writer = fixture.Instance.NewClient("may-only-write");
        using var forbidden = await PostAsync(writer, "{}");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    [Fact]
    public async Task Without_a_secret_the_service_runs_and_the_endpoint_answers_503_with_the_name_of_the_setting()
    {
        await using var api = fixture.Start(("STREAM_TOKEN_SECRET", ""));
        using var answer = await PostAsync(api.Client, "{}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:not-configured");
        Assert.Equal("STREAM_TOKEN_SECRET", (string?)problem["setting"]);
        Assert.Contains(api.Logs.Entries, entry => entry.StartsWith("Warning", StringComparison.Ordinal)
            && entry.Contains("STREAM_TOKEN_SECRET", StringComparison.Ordinal));
        using var leads = await api.Client.GetAsync(new Uri("/api/leads", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, leads.StatusCode);
    }

    [Fact]
    public async Task Issued_tokens_are_counted_and_neither_cached_nor_logged()
    {
        await using var api = fixture.Start();
        using var answer = await PostAsync(api.Client, "{}");

        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(1, api.ReadCounter("stream_tokens.issued", "leads=all"));
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("token").GetString()!;
        var log = string.Join('\n', api.Logs.Entries);
        Assert.DoesNotContain(token.Split('.')[2], log, StringComparison.Ordinal);
        Assert.DoesNotContain(RealtimeFixture.TokenSecret, log, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string? body) => client.PostAsync(
        s_address, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

    private async Task<(StreamToken Token, DateTimeOffset ExpiresAt)> IssueAsync(string? body)
    {
        using var answer = await PostAsync(fixture.Instance.Client, body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var issued = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var tokens = new StreamTokens([RealtimeFixture.TokenSecret], fixture.Time);
        var (verdict, token) = await tokens.ReadAsync(issued.GetProperty("token").GetString()!);
        Assert.Equal(StreamTokenVerdict.Valid, verdict);
        return (token!, issued.GetProperty("expiresAt").GetDateTimeOffset());
    }
}
