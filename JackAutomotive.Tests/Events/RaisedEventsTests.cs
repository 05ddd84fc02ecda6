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

        await api.ScoreAsync();

        // A person's change of an action item.
        var item = await fixture.ReadAsync<Guid>("SELECT id FROM action_items LIMIT 1");
        using var change = await api.Client.PatchAsJsonAsync(
            new Uri($"/api/action-items/{item}", UriKind.Relative), new { done = true }, TestContext.Current.CancellationToken);
        change.EnsureSuccessStatusCode();
        await ChangeAsPersonAsync(api.Client);

        await DecideWhoLeadsAreAsync(api);

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

    // Notes, labels and an assignment.
    private async Task ChangeAsPersonAsync(HttpClient client)
    {
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads LIMIT 1");
        var staff = await SendAsync(client, HttpMethod.Post, "/api/staff", new { name = "Ann" });
        var other = await SendAsync(client, HttpMethod.Post, "/api/staff", new { name = "Ben" });
        var note = await SendAsync(client, HttpMethod.Post, $"/api/leads/{lead}/notes", new { text = "Prefers blue." });
        (HttpMethod Method, string Path, object? Body)[] changes =
        [
            (HttpMethod.Patch, $"notes/{note}", new { pinned = true }),
            (HttpMethod.Delete, $"notes/{note}", null),
            (HttpMethod.Put, "labels/hot", null),
            (HttpMethod.Delete, "labels/hot", null),
            (HttpMethod.Put, "assignee", new { staffId = staff }),
            (HttpMethod.Put, "assignee", new { staffId = other }),
        ];
        foreach (var (method, path, body) in changes)
        {
            await SendAsync(client, method, $"/api/leads/{lead}/{path}", body);
        }
    }

    // Returns the id of what was added; null if the answer has none.
    private static async Task<string?> SendAsync(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return text.Length > 0 && JsonDocument.Parse(text).RootElement.TryGetProperty("id", out var id) ? id.GetString() : null;
    }

    // People merge two leads, undo that, merge them for a reason, and assign a call whose clues contradict each other.
    private async Task DecideWhoLeadsAreAsync(WebhookApiInstance api)
    {
        var leads = await fixture.ListAsync<Guid>("SELECT id FROM leads WHERE phone IS NOT NULL ORDER BY id LIMIT 3");
        await PostAsync(api, $"/api/leads/{leads[0]}/merge", new { from = leads[1] });
        await PostAsync(api, $"/api/leads/{leads[0]}/merge/undo", null);
        await PostAsync(api, $"/api/leads/{leads[0]}/merge", new { from = leads[1], reason = "the same person" });

        var call = PostCallDriver.Transcription(number: IncomingSmsDriver.NewNumber());
        call["data"]!["user_id"] = await fixture.ReadAsync<string>("SELECT address FROM lead_addresses WHERE lead_id = $1 LIMIT 1", leads[2]);
        await new PostCallDriver(fixture.Time).Request(call).DeliverAsync(api.Client);
        await api.DrainAsync();
        var contact = await fixture.ReadAsync<Guid>("SELECT id FROM unassigned_contacts WHERE resolved_at IS NULL LIMIT 1");
        await PostAsync(api, $"/api/leads/unassigned/{contact}/resolve", new { leadId = leads[2] });
    }

    private static async Task PostAsync(WebhookApiInstance api, string path, object? body)
    {
        using var answer = await api.Client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
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
        "array of string" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String),
        _ => false,
    };
}
