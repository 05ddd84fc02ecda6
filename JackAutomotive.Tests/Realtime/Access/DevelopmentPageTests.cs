using System.Net;
using System.Text.RegularExpressions;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>The development page needs no key, so it must exist only on a developer's machine.</summary>
public sealed partial class DevelopmentPageTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_development_page_opens_the_stream_of_the_newest_lead()
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", Environments.Development));
        Assert.Contains("no lead yet", await GetPageAsync(instance));

        await fixture.AddLeadAsync();
        var newest = await fixture.AddLeadAsync();
        var address = StreamAddress().Match(await GetPageAsync(instance)).Value;

        Assert.StartsWith($"/api/stream/conversation/{newest}?", address);
        await using var stream = await SseClient.OpenAsync(instance, newest, null, null, address[address.IndexOf('?', StringComparison.Ordinal)..]);
    }

    [Fact]
    public async Task The_development_page_is_not_found_under_another_host_name()
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", Environments.Development));
        using var client = instance.NewClient(null);
        client.DefaultRequestHeaders.Host = "rebound.example.com";

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/watch", UriKind.Relative), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("environment", "Production")]
    [InlineData("STREAM_TOKEN_SECRET", "", "Development")]
    public async Task The_development_page_is_not_found_in_production_or_without_a_token_secret(
        string setting, string value, string environment = "Production")
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", environment), (setting, value));
        using var client = instance.NewClient(null);

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/watch", UriKind.Relative), Cancellation)).StatusCode);
    }

    private static async Task<string> GetPageAsync(RealtimeInstance instance)
    {
        using var client = instance.NewClient(null);
        return await client.GetStringAsync(new Uri("/watch", UriKind.Relative), Cancellation);
    }

    [GeneratedRegex("/api/stream/[^\"]+")]
    private static partial Regex StreamAddress();
}
