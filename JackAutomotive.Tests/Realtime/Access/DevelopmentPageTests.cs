extern alias realtime;

using System.Net;
using System.Text.RegularExpressions;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Realtime;

/// <summary>The page that needs no key, and must not be anywhere but on a developer's machine.</summary>
public sealed partial class DevelopmentPageTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_developers_machine_it_opens_the_newest_leads_stream()
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", Environments.Development));
        Assert.Contains("no lead yet", await PageAsync(instance));

        await fixture.AddLeadAsync();
        var newest = await fixture.AddLeadAsync();
        var address = Address().Match(await PageAsync(instance)).Value;

        Assert.StartsWith($"/api/stream/conversation/{newest}?", address);
        await using var stream = await SseClient.OpenAsync(instance, newest, null, null, address[address.IndexOf('?', StringComparison.Ordinal)..]);
    }

    [Fact]
    public async Task Under_another_name_it_is_not_there()
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", Environments.Development));
        using var client = instance.NewClient(null);
        client.DefaultRequestHeaders.Host = "rebound.example.com";

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/watch", UriKind.Relative), Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("environment", "Production")]
    [InlineData("STREAM_TOKEN_SECRET", "", "Development")]
    public async Task Anywhere_else_and_without_a_secret_it_is_not_there(string setting, string value, string environment = "Production")
    {
        await using var instance = fixture.StartInstance(_ => { }, ("environment", environment), (setting, value));
        using var client = instance.NewClient(null);

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/watch", UriKind.Relative), Cancelled)).StatusCode);
    }

    private static async Task<string> PageAsync(RealtimeInstance instance)
    {
        using var client = instance.NewClient(null);
        return await client.GetStringAsync(new Uri("/watch", UriKind.Relative), Cancelled);
    }

    [GeneratedRegex("/api/stream/[^\"]+")]
    private static partial Regex Address();
}
