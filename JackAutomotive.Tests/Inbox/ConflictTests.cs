using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Messaging;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Messaging;

public class ConflictTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly DeliveriesDriver _deliveries = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task The_second_body_of_an_event_is_kept_beside_the_first_once()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        foreach (var words in new[] { "first", "second", "second", "first", "third" })
        {
            await Api.Sms.Text(words, from, sid).DeliverAsync(Api.Client);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Api.DrainAsync();
        var delivery = await _deliveries.FindAsync(await _deliveries.IdOfAsync($"sms:{sid}"));

        Assert.Contains("Body=first", (string?)delivery["body"]!["text"], StringComparison.Ordinal);
        var kept = delivery["conflicts"]!.AsArray();
        Assert.Equal(["second", "third"], kept.Select(conflict => ((string)conflict!["body"]!["text"]!).Split("Body=")[1].Split('&')[0]));
        Assert.All(kept, conflict => Assert.Equal(64, ((string)conflict!["sha256"]!).Length));
        Assert.All(kept, conflict => Assert.Equal(32, ((string)conflict!["traceId"]!).Length));
        Assert.Equal(["first"], await fixture.ListAsync<string>("SELECT body FROM messages WHERE message_sid = $1", sid));
    }

    [Fact]
    public async Task A_second_body_that_is_too_long_for_a_row_is_kept_as_an_object()
    {
        var conversation = PostCallDriver.NewConversation();
        foreach (var filler in new byte[] { 1, 2, 2 })
        {
            var sound = Enumerable.Repeat(filler, 2_000_000).ToArray();
            await Api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        var delivery = await _deliveries.FindAsync(await _deliveries.IdOfAsync($"post_call_audio:{conversation}:1793000010"));
        var kept = Assert.Single(delivery["conflicts"]!.AsArray())!["raw"]!;
        Assert.InRange((long)kept["bytes"]!, 2_600_000, 2_800_000);

        // Far beyond the time that an object without a row is left alone.
        fixture.Time.Advance(TimeSpan.FromDays(3));
        await Api.Services.GetRequiredService<ObjectSweep>().SweepAsync(TestContext.Current.CancellationToken);
        var name = ObjectName.Of(Convert.FromHexString((string)kept["object"]!));
        Assert.NotNull(await Api.Services.GetRequiredService<IObjectStore>().FindAsync(name, TestContext.Current.CancellationToken));
        Assert.Null(delivery["raw"]); // The first one has been used.
    }

    [Fact]
    public async Task No_more_bodies_are_kept_than_say_something()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        for (var i = 0; i < ConflictStore.MaxPerDelivery + 3; i++)
        {
            await Api.Sms.Text($"{i}", from, sid).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        var id = await _deliveries.IdOfAsync($"sms:{sid}");
        Assert.Equal(ConflictStore.MaxPerDelivery, await fixture.CountAsync("delivery_conflicts WHERE delivery_id = $1", id));
    }

    [Fact]
    public async Task The_first_trouble_of_a_kind_is_an_error_that_a_rule_can_match_and_the_next_ones_are_not()
    {
        await using var api = fixture.Start();
        await ParkAsync(api);
        await ParkAsync(api);
        Assert.Equal(1, Alerts(api, "WebhookDeliveriesParked"));

        fixture.Time.Advance(DeliveryAlerts.QuietFor - TimeSpan.FromSeconds(1));
        await ParkAsync(api);
        Assert.Equal(1, Alerts(api, "WebhookDeliveriesParked"));

        fixture.Time.Advance(DeliveryAlerts.QuietFor);
        await ParkAsync(api);
        Assert.Equal(2, Alerts(api, "WebhookDeliveriesParked"));

        Assert.Equal(0, Alerts(api, "WebhookDeliveriesConflict"));
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text("one", sid: sid).DeliverAsync(api.Client);
        await api.Sms.Text("two", sid: sid).DeliverAsync(api.Client);
        await api.Sms.Text("three", sid: sid).DeliverAsync(api.Client);
        Assert.Equal(1, Alerts(api, "WebhookDeliveriesConflict"));
        await api.DrainAsync();
    }

    private static async Task ParkAsync(WebhookApiInstance api)
    {
        await api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(api.Client);
        await api.DrainAsync();
    }

    private static int Alerts(WebhookApiInstance api, string name) => api.Logs.Entries.Count(
        entry => entry.StartsWith("Error", StringComparison.Ordinal) && entry.EndsWith(name, StringComparison.Ordinal));
}
