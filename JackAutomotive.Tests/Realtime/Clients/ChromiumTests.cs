using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>
/// A stream in a browser's own EventSource, on a page of another origin. The token is in the address because EventSource cannot send a
/// header.
/// </summary>
public sealed class ChromiumTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Chromium_receives_named_events_and_resumes_by_itself_after_a_stop_and_a_crash_of_the_service()
    {
        await using var page = await BrowserPage.ServeAsync();
        await using var service = Resumption.NewService(fixture, ("STREAM_ALLOWED_ORIGINS", page.Origin));
        await service.StartAsync();
        var lead = await fixture.AddLeadAsync();
        await page.OpenAsync(StreamUri(service, lead));
        await page.UntilAsync(() => page.OfType("ready").Any(), "ready");

        await Resumption.AssertAsync(fixture, service, lead, () => page.Seqs);

        Assert.Equal(3, page.OfType("ready").Count());
        Assert.Empty(page.OfType("message"));
        Assert.All(page.OfType("error"), error => Assert.Equal(0, error.GetProperty("state").GetInt32()));
        Assert.Equal($"{lead}", page.Seen[^1].GetProperty("data").GetProperty("leadId").GetString());
    }

    [Fact]
    public async Task Chromium_blocks_the_stream_for_a_page_of_an_origin_that_is_not_allowed()
    {
        await using var page = await BrowserPage.ServeAsync();
        await using var service = Resumption.NewService(fixture, ("STREAM_ALLOWED_ORIGINS", "https://console.example.com"));
        await service.StartAsync();

        await page.OpenAsync(StreamUri(service, await fixture.AddLeadAsync()));

        await page.UntilAsync(() => page.Seen.Count > 0, "the browser to refuse");
        Assert.Equal("""{"type":"error","state":2}""", page.Seen.Single().GetRawText());
    }

    private static Uri StreamUri(RealtimeProcess service, LeadId lead) =>
        new(service.Addresses[0], $"/api/stream/conversation/{lead}{StreamTokenMaker.Query(StreamTokenMaker.Token())}");
}
