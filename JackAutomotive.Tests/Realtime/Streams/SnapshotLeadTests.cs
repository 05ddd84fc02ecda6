using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Both services show a lead with the same values.</summary>
public sealed class SnapshotLeadTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task The_lead_in_a_snapshot_has_the_first_fields_of_the_lead_in_the_list_of_leads()
    {
        var (api, number) = (fixture.Instance, IncomingSmsDriver.NewNumber());
        await api.Sms.Text(from: number).DeliverAsync(api.Client);
        await api.DrainAsync();
        await fixture.ExecuteAsync("UPDATE leads SET name = 'Zoë <b>'");
        var path = new Uri($"/api/leads?phone={Uri.EscapeDataString(number)}", UriKind.Relative);
        var listed = JsonNode.Parse(await api.Client.GetStringAsync(path, TestContext.Current.CancellationToken))!["items"]![0]!;

        await using var instance = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        await using var client = await SseClient.OpenAsync(
            instance, $"/api/stream/conversation/{listed["id"]}?snapshot=true", key: WebhookApiInstance.Key);
        await Wait.UntilAsync(() => client.Items.Count >= 2, "the snapshot");
        var shown = JsonNode.Parse(client.Items[1].Data)!["lead"]!.AsObject();
        Assert.Equal(["id", "phone", "name", "lastSeq", "createdAt", "updatedAt"], shown.Select(field => field.Key));
        Assert.Equal(listed.AsObject().Take(shown.Count).Select(field => $"{field}"), shown.Select(field => $"{field}"));
    }
}
