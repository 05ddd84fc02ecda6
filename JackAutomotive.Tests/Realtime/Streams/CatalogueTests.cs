extern alias realtime;

using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Catalogue;

/// <summary>The list of events, for programs and for people.</summary>
public sealed class CatalogueTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_type_that_has_a_name_is_listed_once()
    {
        var names = new[] { typeof(LeadEventTypes), typeof(StreamEventTypes) }
            .SelectMany(types => types.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetValue(null)!);

        Assert.Equal(names.Order(), LeadEventCatalogue.All.Select(one => one.Type).Order());
    }

    [Fact]
    public void Each_example_has_the_fields_that_are_listed_and_no_others()
    {
        foreach (var one in LeadEventCatalogue.All)
        {
            var line = JsonDocument.Parse(one.Example).RootElement;
            var data = one.Kind == EventKind.Stream ? line : line.GetProperty("data");
            AssertFields(one, data);
            if (one.Kind != EventKind.Stream)
            {
                var envelope = LeadEventCatalogue.Envelope.Select(field => field.Name);
                Assert.Equal(one.Kind == EventKind.Log ? envelope : envelope.Except(["seq"]), line.EnumerateObject().Select(field => field.Name));
                Assert.Equal(one.Type, line.GetProperty("type").GetString());
            }

            Assert.DoesNotContain('\n', one.Example);
        }
    }

    [Fact]
    public async Task Programs_read_it_from_the_service()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient();
        var list = await client.GetFromJsonAsync<JsonElement>("/api/stream/events", Cancelled);

        var events = list.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(LeadEventCatalogue.All.Select(one => one.Type), events.Select(one => one.GetProperty("type").GetString()));
        var sms = events.Single(one => one.GetProperty("type").GetString() == LeadEventTypes.MessageStatus);
        Assert.Equal("log", sms.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Object, sms.GetProperty("example").ValueKind);
        Assert.Equal(
            [("messageSid", false), ("status", false), ("errorCode", true), ("errorMessage", true)],
            sms.GetProperty("fields").EnumerateArray().Select(one => (one.GetProperty("name").GetString(), one.GetProperty("optional").GetBoolean())));
        Assert.Equal(5, list.GetProperty("envelope").GetArrayLength());

        using var stranger = new HttpClient { BaseAddress = instance.Address };
        using var refused = await stranger.GetAsync(new Uri("/api/stream/events", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public void People_read_the_same_in_the_documentation()
    {
        const string Path = "docs/events.md";
        var expected = EventsDocument.Write();
        var made = System.IO.Path.Combine(AppContext.BaseDirectory, "events.md");
        File.WriteAllText(made, expected);

        Assert.True(
            Checkout.Read(Path).ReplaceLineEndings("\n").Contains(expected, StringComparison.Ordinal),
            $"{Path} is not what the catalogue says: put what is in {made} between its introduction and its end");
    }

    private static void AssertFields(EventDescription one, JsonElement data)
    {
        var names = data.EnumerateObject().Select(field => field.Name).ToList();
        Assert.Empty(names.Except(one.Fields.Select(field => field.Name)));
        Assert.Empty(one.Fields.Where(field => !field.Optional).Select(field => field.Name).Except(names));
    }
}
