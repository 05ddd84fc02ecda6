using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>The catalogue of events, as the service returns it and as the documentation shows it.</summary>
public sealed class CatalogueTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_catalogue_lists_every_event_type_once()
    {
        var names = new[] { typeof(LeadEventTypes), typeof(StreamEventTypes) }
            .SelectMany(types => types.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetValue(null)!);

        Assert.Equal(names.Order(), LeadEventCatalogue.All.Select(description => description.Type).Order());
    }

    [Fact]
    public void Each_example_has_every_required_field_and_no_field_that_is_not_listed()
    {
        foreach (var description in LeadEventCatalogue.All)
        {
            var line = JsonDocument.Parse(description.Example).RootElement;
            var data = description.Kind == EventKind.Stream ? line : line.GetProperty("data");
            AssertFields(description, data);
            if (description.Kind != EventKind.Stream)
            {
                var envelope = LeadEventCatalogue.Envelope.Select(field => field.Name);
                Assert.Equal(
                    description.Kind == EventKind.Log ? envelope : envelope.Except(["seq"]), line.EnumerateObject().Select(field => field.Name));
                Assert.Equal(description.Type, line.GetProperty("type").GetString());
            }

            Assert.DoesNotContain('\n', description.Example);
        }
    }

    [Fact]
    public async Task The_service_returns_the_catalogue_to_callers_with_a_key()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient();
        var list = await client.GetFromJsonAsync<JsonElement>("/api/stream/events", Cancellation);

        var events = list.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(LeadEventCatalogue.All.Select(description => description.Type), events.Select(e => e.GetProperty("type").GetString()));
        var sms = events.Single(e => e.GetProperty("type").GetString() == LeadEventTypes.MessageStatus);
        Assert.Equal("log", sms.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Object, sms.GetProperty("example").ValueKind);
        Assert.Equal(
            [("messageSid", false), ("status", false), ("errorCode", true), ("errorMessage", true)],
            sms.GetProperty("fields").EnumerateArray()
                .Select(field => (field.GetProperty("name").GetString(), field.GetProperty("optional").GetBoolean())));
        Assert.Equal(5, list.GetProperty("envelope").GetArrayLength());

        using var anonymous = new HttpClient { BaseAddress = instance.Address };
        using var refused = await anonymous.GetAsync(new Uri("/api/stream/events", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public void The_documentation_contains_the_catalogue()
    {
        const string Path = "docs/events.md";
        var expected = EventsDocument.Write();
        var generated = System.IO.Path.Combine(AppContext.BaseDirectory, "events.md");
        File.WriteAllText(generated, expected);

        Assert.True(
            Checkout.Read(Path).ReplaceLineEndings("\n").Contains(expected, StringComparison.Ordinal),
            $"{Path} differs from the catalogue: replace the text between its introduction and its end with {generated}");
    }

    private static void AssertFields(EventDescription description, JsonElement data)
    {
        var names = data.EnumerateObject().Select(field => field.Name).ToList();
        Assert.Empty(names.Except(description.Fields.Select(field => field.Name)));
        Assert.Empty(description.Fields.Where(field => !field.Optional).Select(field => field.Name).Except(names));
    }
}
