using System.Net.Http.Json;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Events;

/// <summary>The events that handlers raise match the event catalogue.</summary>
public sealed class RaisedEventsTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task The_webhooks_raise_exactly_the_event_types_and_fields_of_the_catalogue()
    {
        var address = WebhookApiProcess.PublicAddress;
        await using var providers = await ProviderServer.StartAsync(fixture.Time);
        await using var api = fixture.Start([("PUBLIC_BASE_URL", address.AbsoluteUri), ("Analysis:TextPause", "00:00:00"), .. providers.Settings]);
        var twilio = new IncomingSmsDriver(address);
        SignedRequest[] requests =
        [
            .. EveryWebhook.CustomerStory(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
            .. EveryWebhook.WithheldNumberStory(twilio, fixture.Time, isFollowed: true),
            .. EveryWebhook.WithheldNumberStory(twilio, fixture.Time, isFollowed: false),
            .. EveryWebhook.UnreachedCustomerStory(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),

            // A conversation without an initiation.
            new ConversationEventsDriver(fixture.Time).Started(IncomingSmsDriver.NewNumber()),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(api.Client);
            await api.DrainAsync();
            await api.AnalyseAsync();
        }

        // A person's change of an action item.
        var item = await fixture.ReadAsync<Guid>("SELECT id FROM action_items LIMIT 1");
        using var change = await api.Client.PatchAsJsonAsync(
            new Uri($"/api/action-items/{item}", UriKind.Relative), new { done = true }, TestContext.Current.CancellationToken);
        change.EnsureSuccessStatusCode();

        await SendAsync(api);
        var raised = await fixture.ListAsync<string>("SELECT json_build_array(type, data)::text FROM lead_events");
        var byType = raised.Select(text => JsonDocument.Parse(text).RootElement).ToLookup(row => row[0].GetString()!, row => row[1]);
        var listed = LeadEventCatalogue.All.Where(description => description.Kind == EventKind.Log).ToDictionary(description => description.Type);
        Assert.Equal(listed.Keys.Order(), byType.Select(type => type.Key).Order());
        foreach (var type in byType)
        {
            AssertFieldsMatch(listed[type.Key], [.. type]);
        }
    }

    // A text and a call to a number in London, where it is noon; then a text that is withdrawn because of an opt-out.
    private static async Task SendAsync(WebhookApiInstance api)
    {
        const string London = "+442079460123";
        foreach (var (path, request) in new (string, object)[]
        {
            ("/api/twilio/send-sms", new { to = London, body = "Your car is ready.", mediaUrls = new[] { "https://example.com/car.jpg" } }),
            ("/api/elevenlabs/outbound-call", new { to = London, reason = "The customer asked for a call." }),
        })
        {
            using var answer = await api.Client.PostAsJsonAsync(new Uri(path, UriKind.Relative), request, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
        }

        await api.SendAsync();
    }

    private static void AssertFieldsMatch(EventDescription listed, List<JsonElement> raised)
    {
        var seen = raised.SelectMany(data => data.EnumerateObject().Select(field => field.Name)).Distinct().Order();
        Assert.Equal(listed.Fields.Select(field => field.Name).Order(), seen);
        foreach (var field in listed.Fields)
        {
            foreach (var data in raised)
            {
                var isPresent = data.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null;
                Assert.True(isPresent || field.Optional, $"{listed.Type} without {field.Name}: {data}");
                Assert.True(!isPresent || HasType(field.Type, value), $"{listed.Type}: {field.Name} is no {field.Type}: {value}");
            }
        }
    }

    private static bool HasType(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "time" => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _),
        "uuid" => value.TryGetGuid(out _),
        "object" => value.ValueKind == JsonValueKind.Object,
        "array of object" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object),
        _ => false,
    };
}
