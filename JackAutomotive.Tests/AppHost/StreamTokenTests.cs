using System.Net.Http.Json;
using System.Text.Json;

namespace JackAutomotive.Tests.AppHost;

/// <summary>webhook-api signs stream tokens, and realtime accepts them.</summary>
[Collection(SharedSystemTests.Name)]
public sealed class StreamTokenTests(SharedSystem shared)
{
    private const int Timeout = 180_000;

    [Fact(Timeout = Timeout)]
    public async Task A_browser_opens_a_stream_with_an_issued_token_and_the_development_page_without_one()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var system = shared.System;
        await system.SendTextAsync("+12025550145", "Is the blue one still there?", cancelled);
        var lead = await system.LeadOfAsync("+12025550145", cancelled);

        using var api = system.NewClient("webhook-api");
        using var answer = await api.PostAsJsonAsync("/api/stream-tokens", new { name = "Ann", leads = new[] { lead } }, cancelled);
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancelled)).GetProperty("token").GetString();
        var browser = new HttpClient { BaseAddress = system.NewClient("realtime").BaseAddress };

        await using var watcher = await Watcher.OpenAsync(browser, lead, 0, cancelled, $"?access_token={token}");
        await watcher.ReadToAsync(2);
        Assert.Contains($"/api/stream/conversation/{lead}?", await browser.GetStringAsync(new Uri("/watch", UriKind.Relative), cancelled));
    }
}
