using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Calls the API of the spool's kept deliveries.</summary>
internal sealed class SpoolDriver(WebhookApiInstance api)
{
    public async Task<JsonNode> ListAsync()
    {
        using var answer = await api.Client.GetAsync(new Uri("/api/spool/kept", UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    public async Task<(HttpStatusCode Status, JsonNode Body)> RetryAsync(string name)
    {
        using var answer = await api.Client.PostAsync(
            new Uri($"/api/spool/kept/{name}/retry", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode
            ? (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!)
            : (answer.StatusCode, await Problem.AssertAsync(answer));
    }
}
