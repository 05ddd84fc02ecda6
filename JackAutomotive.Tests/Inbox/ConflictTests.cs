using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Retention;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

public class ConflictTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly DeliveriesDriver _deliveries = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Each_different_body_of_a_stored_delivery_is_recorded_once_as_a_conflict()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        foreach (var words in new[] { "first", "second", "second", "first", "third" })
        {
            await Api.Sms.Text(words, from, sid).DeliverAsync(Api.Client);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Api.DrainAsync();
        var delivery = await _deliveries.FindAsync(await _deliveries.FindIdAsync($"sms:{sid}"));

        Assert.Contains("Body=first", (string?)delivery["body"]!["text"], StringComparison.Ordinal);
        var conflicts = delivery["conflicts"]!.AsArray();
        Assert.Equal(["second", "third"], conflicts.Select(conflict => ((string)conflict!["body"]!["text"]!).Split("Body=")[1].Split('&')[0]));
        Assert.All(conflicts, conflict => Assert.Equal(64, ((string)conflict!["sha256"]!).Length));
        Assert.All(conflicts, conflict => Assert.Equal(32, ((string)conflict!["traceId"]!).Length));
        Assert.Equal(["first"], await fixture.ListAsync<string>("SELECT body FROM messages WHERE message_sid = $1", sid));
    }

    [Fact]
    public async Task A_conflicting_body_that_is_too_long_for_a_row_is_stored_as_an_object()
    {
        var conversation = PostCallDriver.NewConversation();
        foreach (var filler in new byte[] { 1, 2, 2 })
        {
            var sound = Enumerable.Repeat(filler, 2_000_000).ToArray();
            await Api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        var delivery = await _deliveries.FindAsync(await _deliveries.FindIdAsync($"post_call_audio:{conversation}:1793000010"));
        var raw = Assert.Single(delivery["conflicts"]!.AsArray())!["raw"]!;
        Assert.InRange((long)raw["bytes"]!, 2_600_000, 2_800_000);

        // Far longer than the grace period of an object without a row.
        fixture.Time.Advance(TimeSpan.FromDays(3));
        await Api.Services.GetRequiredService<ObjectSweep>().SweepAsync(TestContext.Current.CancellationToken);
        var name = ObjectName.FromHash(Convert.FromHexString((string)raw["object"]!));
        Assert.NotNull(await Api.Services.GetRequiredService<IObjectStore>().FindWrittenAtAsync(name, TestContext.Current.CancellationToken));
        Assert.Null(delivery["raw"]); // The delivery is done, so its own raw body is released.
    }

    [Fact]
    public async Task A_delivery_keeps_no_more_conflicts_than_the_maximum()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        for (var i = 0; i < ConflictStore.MaxPerDelivery + 3; i++)
        {
            await Api.Sms.Text($"{i}", from, sid).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        var id = await _deliveries.FindIdAsync($"sms:{sid}");
        Assert.Equal(ConflictStore.MaxPerDelivery, await fixture.CountAsync("delivery_conflicts WHERE delivery_id = $1", id));
    }

    [Fact]
    public async Task The_first_problem_of_a_kind_is_logged_as_an_error_and_the_next_only_after_a_quiet_period()
    {
        await using var api = fixture.Start();
        await ParkDeliveryAsync(api);
        await ParkDeliveryAsync(api);
        Assert.Equal(1, CountAlerts(api, "WebhookDeliveriesParked"));

        fixture.Time.Advance(DeliveryAlerts.QuietFor - TimeSpan.FromSeconds(1));
        await ParkDeliveryAsync(api);
        Assert.Equal(1, CountAlerts(api, "WebhookDeliveriesParked"));

        fixture.Time.Advance(DeliveryAlerts.QuietFor);
        await ParkDeliveryAsync(api);
        Assert.Equal(2, CountAlerts(api, "WebhookDeliveriesParked"));

        Assert.Equal(0, CountAlerts(api, "WebhookDeliveriesConflict"));
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text("one", sid: sid).DeliverAsync(api.Client);
        await api.Sms.Text("two", sid: sid).DeliverAsync(api.Client);
        await api.Sms.Text("three", sid: sid).DeliverAsync(api.Client);
        Assert.Equal(1, CountAlerts(api, "WebhookDeliveriesConflict"));
        await api.DrainAsync();
    }

    private static async Task ParkDeliveryAsync(WebhookApiInstance api)
    {
        await api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(api.Client);
        await api.DrainAsync();
    }

    private static int CountAlerts(WebhookApiInstance api, string name) => api.Logs.Entries.Count(
        entry => entry.StartsWith("Error", StringComparison.Ordinal) && entry.EndsWith(name, StringComparison.Ordinal));
}
