using System.Net;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Fixtures;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>CORS for pages of other origins, as browsers enforce it (Fetch standard, section 3.2).</summary>
public sealed class OriginTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const string Console = "https://console.example.com";
    private const string Local = "http://localhost:3000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Console)]
    [InlineData(Local)]
    public async Task A_preflight_from_an_allowed_origin_permits_the_method_and_headers_that_a_stream_needs(string origin)
    {
        await using var instance = await StartAsync();
        using var request = Request(HttpMethod.Options, await fixture.AddLeadAsync(), origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,cache-control,last-event-id");
        using var answer = await SendAsync(instance, request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(origin, AllowedOriginOf(answer));
        Assert.Contains("GET", answer.Headers.GetValues("Access-Control-Allow-Methods").Single());
        var headers = string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers"));
        Assert.All(["authorization", "cache-control", "last-event-id"], name => Assert.Contains(name, headers, StringComparison.OrdinalIgnoreCase));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_can_read_the_stream_and_every_refusal()
    {
        await using var instance = await StartAsync(("MaxConnectionsPerViewer", "1"));
        var (lead, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var token = Token(leads: [lead]);

        using var open = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(token)));
        using var tooMany = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(token)));
        using var otherLead = await SendAsync(instance, Request(HttpMethod.Get, other, Console, Query(token)));
        using var expired = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token(TimeSpan.FromMinutes(-1)))));
        using var withoutToken = await SendAsync(instance, Request(HttpMethod.Get, lead, Console));

        HttpResponseMessage[] answers = [open, tooMany, otherLead, expired, withoutToken];
        Assert.Equal([200, 429, 403, 401, 401], answers.Select(answer => (int)answer.StatusCode));
        Assert.All(answers, answer => Assert.Equal(Console, AllowedOriginOf(answer)));
        Assert.All(answers, answer => Assert.Contains("Retry-After", answer.Headers.GetValues("Access-Control-Expose-Headers").Single()));
        Assert.All(answers, answer => Assert.Contains("Origin", answer.Headers.Vary));
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_can_read_the_503_of_a_full_instance()
    {
        await using var instance = await StartAsync(("MaxConnections", "1"));
        var lead = await fixture.AddLeadAsync();

        using var open = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token())));
        using var full = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token())));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.Equal(Console, AllowedOriginOf(full));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("https://console.example.com.evil.example")]
    [InlineData("http://console.example.com")]
    [InlineData("null")]
    public async Task An_origin_that_is_not_allowed_gets_no_allow_origin_header(string origin)
    {
        await using var instance = await StartAsync();
        using var preflight = Request(HttpMethod.Options, await fixture.AddLeadAsync(), origin);
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        using var preflightAnswer = await SendAsync(instance, preflight);
        using var answer = await SendAsync(instance, Request(HttpMethod.Get, await fixture.AddLeadAsync(), origin, Query(Token())));

        Assert.Null(AllowedOriginOf(preflightAnswer));
        Assert.Null(AllowedOriginOf(answer));
    }

    [Fact]
    public async Task A_stream_has_no_CORS_headers_without_the_setting()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var answer = await SendAsync(instance, Request(HttpMethod.Get, await fixture.AddLeadAsync(), Console, Query(Token())));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("https://*.example.com")]
    [InlineData("https://console.example.com/")]
    [InlineData("https://console.example.com/path")]
    [InlineData("https://console.example.com:443")]
    [InlineData("https://Console.example.com")]
    [InlineData("https://user@console.example.com")]
    [InlineData("console.example.com")]
    [InlineData("ftp://console.example.com")]
    [InlineData("null")]
    [InlineData(Console + ", nonsense")]
    public void An_invalid_origin_in_the_setting_stops_the_start_with_an_error_that_names_it(string setting)
    {
        var failure = fixture.StartAndFail((AllowedOrigins.Setting, setting));

        Assert.Contains(AllowedOrigins.Setting, failure, StringComparison.Ordinal);
        Assert.Contains(setting.Split(", ")[^1], failure, StringComparison.Ordinal);
    }

    private static string? AllowedOriginOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;

    private static HttpRequestMessage Request(HttpMethod method, LeadId lead, string origin, string query = "")
    {
        var request = new HttpRequestMessage(method, $"/api/stream/conversation/{lead}{query}");
        request.Headers.Add("Origin", origin);
        return request;
    }

    private static async Task<HttpResponseMessage> SendAsync(RealtimeInstance instance, HttpRequestMessage request)
    {
        var client = instance.NewClient(null);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    private Task<RealtimeInstance> StartAsync(params (string Name, string Value)[] settings) =>
        fixture.StartInstanceAsync([(AllowedOrigins.Setting, $"{Console}, {Local}"), .. settings]);
}
