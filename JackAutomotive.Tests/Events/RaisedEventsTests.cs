using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Messaging;

/// <summary>What is raised is what the catalogue of events says.</summary>
public sealed class RaisedEventsTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task Every_webhook_there_is_raises_what_is_listed_and_with_the_fields_that_are_listed()
    {
        var address = WebhookApiProcess.PublicAddress;
        await using var api = fixture.Start(("PUBLIC_BASE_URL", address.AbsoluteUri));
        var twilio = new IncomingSmsDriver(address);
        SignedRequest[] requests =
        [
            .. EveryWebhook.Story(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),
            .. EveryWebhook.Withheld(twilio, fixture.Time, isFollowed: true),
            .. EveryWebhook.Withheld(twilio, fixture.Time, isFollowed: false),
            .. EveryWebhook.NotReached(twilio, fixture.Time, IncomingSmsDriver.NewNumber()),

            // Of which nobody asked before the telephone rang.
            new ConversationEventsDriver(fixture.Time).Started(IncomingSmsDriver.NewNumber()),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(api.Client);
            await api.DrainAsync();
        }

        var raised = await fixture.ListAsync<string>("SELECT json_build_array(type, data)::text FROM lead_events");
        var byType = raised.Select(text => JsonDocument.Parse(text).RootElement).ToLookup(one => one[0].GetString()!, one => one[1]);
        var listed = LeadEventCatalogue.All.Where(one => one.Kind == EventKind.Log).ToDictionary(one => one.Type);
        Assert.Equal(listed.Keys.Order(), byType.Select(type => type.Key).Order());
        foreach (var type in byType)
        {
            AssertSame(listed[type.Key], [.. type]);
        }
    }

    private static void AssertSame(EventDescription listed, List<JsonElement> raised)
    {
        var seen = raised.SelectMany(data => data.EnumerateObject().Select(field => field.Name)).Distinct().Order();
        Assert.Equal(listed.Fields.Select(field => field.Name).Order(), seen);
        foreach (var field in listed.Fields)
        {
            foreach (var data in raised)
            {
                var isThere = data.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null;
                Assert.True(isThere || field.Optional, $"{listed.Type} without {field.Name}: {data}");
                Assert.True(!isThere || IsOf(field.Type, value), $"{listed.Type}: {field.Name} is no {field.Type}: {value}");
            }
        }
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "time" => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _),
        "uuid" => value.TryGetGuid(out _),
        "object" => value.ValueKind == JsonValueKind.Object,
        "array of object" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Object),
        _ => false,
    };
}
