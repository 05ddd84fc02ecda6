using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

public class SmsStatusTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    private SmsStatusDriver Driver => new(Api.Sms);

    [Fact]
    public async Task Each_status_of_a_text_raises_one_event_however_often_it_arrives()
    {
        var customer = await NewLeadAsync();
        var sid = IncomingSmsDriver.NewSid();

        await DeliverAsync(sid, customer, "queued", "sent", "sent", "delivered", "delivered", "sent", "queued");

        Assert.Equal(["queued", "sent", "delivered"], await ReadAnnouncedStatusesAsync(customer));
        Assert.Equal("delivered", await ReadStateAsync(sid));
        Assert.Equal(3, await fixture.CountAsync("message_statuses WHERE message_sid = $1", sid));
        Assert.Equal(3, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"sms-status:{sid}:%"));
    }

    [Fact]
    public async Task A_status_that_arrives_late_is_recorded_and_changes_nothing()
    {
        var customer = await NewLeadAsync();
        var sid = IncomingSmsDriver.NewSid();

        await DeliverAsync(sid, customer, "delivered", "sent", "sending", "queued", "read");

        Assert.Equal(["delivered", "read"], await ReadAnnouncedStatusesAsync(customer));
        Assert.Equal("read", await ReadStateAsync(sid));
        Assert.Equal(5, await fixture.CountAsync("message_statuses WHERE message_sid = $1", sid));
    }

    [Fact]
    public async Task Shuffled_and_repeated_statuses_end_in_the_same_state_and_raise_events_in_order()
    {
        var random = new Random(20261123);
        string[] statuses = ["accepted", "queued", "sending", "sent", "delivered", "read"];
        for (var round = 0; round < 10; round++)
        {
            var customer = await NewLeadAsync();
            var sid = IncomingSmsDriver.NewSid();
            string[] shuffled = [.. statuses, .. statuses];
            random.Shuffle(shuffled);

            await DeliverAsync(sid, customer, shuffled);

            Assert.Equal("read", await ReadStateAsync(sid));
            var announced = await ReadAnnouncedStatusesAsync(customer);
            Assert.Equal("read", announced[^1]);
            Assert.Equal(announced.OrderBy(status => Array.IndexOf(statuses, status)), announced);
            Assert.Equal(announced.Distinct(), announced);
        }
    }

    [Fact]
    public async Task A_failure_event_contains_the_error_code_and_the_error_message()
    {
        var customer = await NewLeadAsync();
        var sid = IncomingSmsDriver.NewSid();

        await Driver.Status(sid, "undelivered", customer, 30003).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var data = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT data::text FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND type = 'message_status'", customer))!;
        Assert.Equal((sid, "undelivered", "30003"), ((string?)data["messageSid"], (string?)data["status"], (string?)data["errorCode"]));
        Assert.Equal("Unreachable destination handset", (string?)data["errorMessage"]);
    }

    [Fact]
    public async Task A_status_of_an_unknown_text_to_an_unknown_number_is_recorded_and_creates_no_lead()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();

        await DeliverAsync(sid, customer, "sent");

        Assert.Equal("sent", await ReadStateAsync(sid));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", customer));
        Assert.Equal("done", await fixture.ReadAsync<string>("SELECT state FROM inbox WHERE dedup_key = $1", $"sms-status:{sid}:sent"));
    }

    [Fact]
    public async Task A_status_that_arrives_before_its_text_shows_on_the_text_and_later_ones_raise_events()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await DeliverAsync(sid, "whatsapp:+12025550123", "failed");
        await Api.Sms.Text("Hello", customer, sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;
        await DeliverAsync(sid, "whatsapp:+12025550123", "delivered");

        Assert.Equal("failed", (string?)lead["messages"]![0]!["status"]);
        Assert.Equal(["delivered"], await ReadAnnouncedStatusesAsync(customer));
    }

    [Fact]
    public async Task An_unknown_status_is_recorded_and_changes_nothing()
    {
        var customer = await NewLeadAsync();
        var sid = IncomingSmsDriver.NewSid();

        await DeliverAsync(sid, customer, "sent", "teleported");

        Assert.Equal(["sent"], await ReadAnnouncedStatusesAsync(customer));
        Assert.Equal(1, await fixture.CountAsync("message_statuses WHERE message_sid = $1 AND status = 'teleported'", sid));
    }

    [Fact]
    public async Task A_signed_status_without_the_required_fields_is_answered_200_and_parked_as_malformed()
    {
        var mark = $"{Guid.NewGuid()}";
        await Driver.Fields(("MessageStatus", "sent"), ("Mark", mark)).DeliverAsync(Api.Client);
        await Driver.Fields(("MessageSid", new string('S', 10_000)), ("MessageStatus", "sent"), ("Mark", mark)).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(2, await fixture.CountAsync(
            "inbox WHERE topic = 'twilio.sms-status' AND parked_as = 'malformed' AND encode(body, 'escape') LIKE $1", $"%{mark}%"));
    }

    [Fact]
    public async Task An_invalid_signature_is_answered_403_and_recorded_as_rejected()
    {
        var sid = IncomingSmsDriver.NewSid();
        var status = new SmsStatusDriver(new IncomingSmsDriver(Api.Address, "another-token")).Status(sid, "sent");

        using var answer = await status.SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch");
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"%{sid}%"));
        Assert.Equal(1, await fixture.CountAsync("rejected_deliveries WHERE topic = 'twilio.sms-status'"));
    }

    [Fact]
    public async Task The_endpoint_answers_empty_TwiML_and_reports_its_health_to_GET_and_HEAD() =>
        await TwilioEndpoint.AssertTwimlAndHealthAsync(Api, Driver.Status(IncomingSmsDriver.NewSid(), "sent"), SmsStatusDriver.Path);

    private async Task DeliverAsync(string sid, string to, params string[] statuses)
    {
        foreach (var status in statuses)
        {
            await Driver.Status(sid, status, to).DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }

    private async Task<string> NewLeadAsync()
    {
        var customer = IncomingSmsDriver.NewNumber();
        await Api.Sms.Text(from: customer).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        return customer;
    }

    private Task<string> ReadStateAsync(string sid) =>
        fixture.ReadAsync<string>("SELECT status FROM message_states WHERE message_sid = $1", sid);

    private Task<List<string>> ReadAnnouncedStatusesAsync(string customer) => fixture.ListAsync<string>(
        """
        SELECT data->>'status' FROM lead_events JOIN leads ON leads.id = lead_id
        WHERE phone = $1 AND type = 'message_status' ORDER BY seq
        """,
        customer);
}
