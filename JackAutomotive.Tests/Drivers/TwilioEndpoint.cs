using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Checks the answers that every Twilio endpoint must give.</summary>
internal static class TwilioEndpoint
{
    /// <summary>Expects empty TwiML for a first and a repeated delivery, and health without secrets for GET and HEAD.</summary>
    public static async Task AssertTwimlAndHealthAsync(WebhookApiInstance api, SignedRequest request, string path)
    {
        for (var i = 0; i < 2; i++)
        {
            using var answer = await request.SendAsync(api.Client);
            Assert.Equal((HttpStatusCode.OK, "text/xml"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            var document = XDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("Response", document.Root!.Name);
            Assert.True(document.Root is { Value: "", HasElements: false, HasAttributes: false });
        }

        using var anonymous = api.NewClient(key: null);
        using var health = await anonymous.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var report = JsonNode.Parse(text)!;
        Assert.Equal((HttpStatusCode.OK, "ok"), (health.StatusCode, (string?)report["status"]));
        Assert.True((bool)report["configured"]!);
        Assert.NotNull(report["lastAccepted"]);
        Assert.DoesNotContain(IncomingSmsDriver.Token, text, StringComparison.Ordinal);

        using var headRequest = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await anonymous.SendAsync(headRequest, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await api.DrainAsync();
    }
}
