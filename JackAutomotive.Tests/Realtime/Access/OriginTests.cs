extern alias realtime;

using System.Net;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Options;
using realtime::JackAutomotive.Contract;
using realtime::JackAutomotive.Realtime.Access;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime;

/// <summary>Pages of other origins, as browsers hold them to CORS (Fetch standard, section 3.2).</summary>
public sealed class OriginTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const string Console = "https://console.example.com";
    private const string Local = "http://localhost:3000";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Console)]
    [InlineData(Local)]
    public async Task A_page_of_an_allowed_origin_may_send_what_a_stream_needs(string origin)
    {
        await using var instance = await StartAsync();
        using var request = Request(HttpMethod.Options, await fixture.AddLeadAsync(), origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,cache-control,last-event-id");
        using var answer = await SendAsync(instance, request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(origin, Allowed(answer));
        Assert.Contains("GET", answer.Headers.GetValues("Access-Control-Allow-Methods").Single());
        var headers = string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers"));
        Assert.All(["authorization", "cache-control", "last-event-id"], name => Assert.Contains(name, headers, StringComparison.OrdinalIgnoreCase));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_reads_the_stream_and_every_refusal()
    {
        await using var instance = await StartAsync(("MaxConnectionsPerViewer", "1"));
        var (lead, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var token = Token(leads: [lead]);

        using var open = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(token)));
        using var tooMany = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(token)));
        using var otherLead = await SendAsync(instance, Request(HttpMethod.Get, other, Console, Query(token)));
        using var expired = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token(TimeSpan.FromMinutes(-1)))));
        using var nobody = await SendAsync(instance, Request(HttpMethod.Get, lead, Console));

        HttpResponseMessage[] answers = [open, tooMany, otherLead, expired, nobody];
        Assert.Equal([200, 429, 403, 401, 401], answers.Select(answer => (int)answer.StatusCode));
        Assert.All(answers, answer => Assert.Equal(Console, Allowed(answer)));
        Assert.All(answers, answer => Assert.Contains("Retry-After", answer.Headers.GetValues("Access-Control-Expose-Headers").Single()));
        Assert.All(answers, answer => Assert.Contains("Origin", answer.Headers.Vary));
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_reads_that_there_is_no_room()
    {
        await using var instance = await StartAsync(("MaxConnections", "1"));
        var lead = await fixture.AddLeadAsync();

        using var open = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token())));
        using var full = await SendAsync(instance, Request(HttpMethod.Get, lead, Console, Query(Token())));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.Equal(Console, Allowed(full));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("https://console.example.com.evil.example")]
    [InlineData("http://console.example.com")]
    [InlineData("null")]
    public async Task Another_origin_is_not_named(string origin)
    {
        await using var instance = await StartAsync();
        using var preflight = Request(HttpMethod.Options, await fixture.AddLeadAsync(), origin);
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        using var asked = await SendAsync(instance, preflight);
        using var answer = await SendAsync(instance, Request(HttpMethod.Get, await fixture.AddLeadAsync(), origin, Query(Token())));

        Assert.Null(Allowed(asked));
        Assert.Null(Allowed(answer));
    }

    [Fact]
    public async Task Without_the_setting_there_are_no_CORS_headers()
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
    public void What_is_no_origin_stops_the_start_and_is_named(string setting)
    {
        var error = Assert.ThrowsAny<Exception>(() => fixture.StartInstance(_ => { }, (AllowedOrigins.Setting, setting)));

        var invalid = Assert.IsType<OptionsValidationException>(error.GetBaseException());
        Assert.Contains(AllowedOrigins.Setting, invalid.Message, StringComparison.Ordinal);
        Assert.Contains(setting.Split(", ")[^1], invalid.Message, StringComparison.Ordinal);
    }

    private static string? Allowed(HttpResponseMessage answer) =>
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
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }

    private Task<RealtimeInstance> StartAsync(params (string Name, string Value)[] settings) =>
        fixture.StartInstanceAsync([(AllowedOrigins.Setting, $"{Console}, {Local}"), .. settings]);
}
