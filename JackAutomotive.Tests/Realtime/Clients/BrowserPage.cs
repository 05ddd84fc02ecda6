using System.Collections.Concurrent;
using System.Text.Json;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>
/// A page of its own origin in headless Chromium. The page opens the stream in its address with the browser's EventSource and posts
/// every event to the server that served the page, so the test needs no other access to the browser.
/// </summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<JsonElement> _seen = new();
    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("jack-chromium-");
    private ClientProgram? _browser;

    private BrowserPage(WebApplication server)
    {
        _server = server;
        _server.MapGet("/", () => Results.Content(Checkout.Read("JackAutomotive.Tests/Realtime/Clients/page.html"), "text/html"));
        _server.MapPost("/seen", async (HttpRequest request) =>
            _seen.Enqueue((await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted)).RootElement));
    }

    /// <summary>The page's origin, as the browser sends it.</summary>
    public string Origin => _server.Urls.First();

    /// <summary>
    /// What the page saw: objects with <c>type</c>, <c>id</c> and <c>data</c>, or type <c>error</c> and the EventSource's <c>state</c>.
    /// </summary>
    public IReadOnlyList<JsonElement> Seen => [.. _seen];

    /// <summary>The ids of the lead events, in the order in which the page saw them.</summary>
    public IReadOnlyList<long> Seqs => [.. OfType("sms_received").Select(e => long.Parse(e.GetProperty("id").GetString()!))];

    public static async Task<BrowserPage> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var page = new BrowserPage(builder.Build());
        await page._server.StartAsync(TestContext.Current.CancellationToken);
        return page;
    }

    public IEnumerable<JsonElement> OfType(string type) => Seen.Where(e => e.GetProperty("type").GetString() == type);

    /// <summary>Starts the browser with the page. The page opens the stream.</summary>
    public async Task OpenAsync(Uri stream) => _browser = ClientProgram.Start(
        await ClientProgram.FindAsync("chromium"),
        [
            // The sandbox needs privileges that containers do not grant, and /dev/shm is small in containers.
            "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            $"--user-data-dir={_profile.FullName}", $"{Origin}/?stream={Uri.EscapeDataString(stream.AbsoluteUri)}",
        ]);

    public Task UntilAsync(Func<bool> condition, string what) => _browser!.UntilAsync(condition, what);

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _server.DisposeAsync();

        // The browser's child processes can still write to the profile for a moment after the browser exits.
        await Wait.UntilAsync(TryDeleteProfile, "the browser's profile to be removed");
    }

    private bool TryDeleteProfile()
    {
        try
        {
            _profile.Refresh();
            if (_profile.Exists)
            {
                _profile.Delete(recursive: true);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
