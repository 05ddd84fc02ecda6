using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Inbox;

public class DuplicateTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task Fifty_simultaneous_copies_on_two_instances_store_one_message_and_raise_its_events_once()
    {
        await using var one = fixture.Start(("Inbox:ProcessDeliveries", "true"), ("PUBLIC_BASE_URL", "https://hooks.example.com"));
        await using var two = fixture.Start(("Inbox:ProcessDeliveries", "true"), ("PUBLIC_BASE_URL", "https://hooks.example.com"));
        var from = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        var sms = new IncomingSmsDriver(new Uri("https://hooks.example.com")).Text(from: from, sid: sid);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => sms.SendAsync((i % 2 == 0 ? one : two).Client)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await WaitUntilDoneAsync(sid);

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
        Assert.Equal(1, await fixture.CountAsync("messages WHERE message_sid = $1", sid));
        Assert.Equal(1, one.ReadCounter("webhook.accepted") + two.ReadCounter("webhook.accepted"));
        Assert.Equal(49, one.ReadCounter("webhook.duplicate") + two.ReadCounter("webhook.duplicate"));
        Assert.Equal(0, one.ReadCounter("webhook.conflict") + two.ReadCounter("webhook.conflict"));
    }

    [Fact]
    public async Task A_copy_of_a_handled_delivery_changes_nothing()
    {
        var api = fixture.Instance;
        var from = IncomingSmsDriver.NewNumber();
        var sms = api.Sms.Text(from: from);
        await sms.DeliverAsync(api.Client);
        await api.DrainAsync();
        await sms.DeliverAsync(api.Client);

        Assert.Equal(0, await api.DrainAsync());
        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_conflicting_second_body_is_reported_and_the_first_body_counts()
    {
        var api = fixture.Instance;
        var sid = IncomingSmsDriver.NewSid();
        var from = IncomingSmsDriver.NewNumber();
        var before = api.ReadCounter("webhook.conflict");

        await api.Sms.Text("the first", from, sid).DeliverAsync(api.Client);
        await api.Sms.Text("the second", from, sid).DeliverAsync(api.Client);
        await api.DrainAsync();

        Assert.Equal("the first", await fixture.ReadAsync<string>("SELECT body FROM messages WHERE message_sid = $1", sid));
        Assert.Equal(before + 1, api.ReadCounter("webhook.conflict"));
        var warnings = api.Logs.Entries.Where(entry => entry.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains(warnings, entry => entry.Contains(sid, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_post_call_event_with_another_timestamp_is_another_delivery()
    {
        var api = fixture.Instance;
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation).ToJsonString();
        foreach (var body in new[] { payload, payload, payload.Replace("1793000000", "1793000001", StringComparison.Ordinal) })
        {
            await api.PostCall.Request(Encoding.UTF8.GetBytes(body)).DeliverAsync(api.Client);
        }

        Assert.Equal(2, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"%{conversation}%"));
        await api.DrainAsync();
    }

    private Task WaitUntilDoneAsync(string sid) => Wait.UntilAsync(
        async () => await fixture.CountAsync("inbox WHERE dedup_key = $1 AND state = 'done'", $"sms:{sid}") > 0, "the delivery to be done");
}
