using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

/// <summary>Callbacks that tell more, less or something else about a status that is known already.</summary>
public class MoreInformationTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    private SmsStatusDriver Texts => new(Api.Sms);

    private VoiceStatusDriver Voice => new(Api.Sms);

    [Theory]
    [InlineData("undelivered undelivered+30003")]
    [InlineData("undelivered+30003 undelivered")]
    [InlineData("sent undelivered undelivered+30003 undelivered")]
    [InlineData("undelivered+30003 sent undelivered+30003")]
    public async Task The_reason_of_a_failure_counts_whenever_it_arrives(string reports)
    {
        var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());
        var conflicts = Api.ReadCounter("webhook.conflict");

        await DeliverAsync(sid, customer, reports);

        Assert.Equal("undelivered 30003 Unreachable destination handset", await ReadStateAsync(sid));
        Assert.Equal("undelivered 30003", (await ReadAnnouncedAsync(customer))[^1]);
        Assert.Equal(conflicts, Api.ReadCounter("webhook.conflict"));
    }

    [Fact]
    public async Task The_reason_that_arrives_after_the_failure_is_announced()
    {
        var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());

        await DeliverAsync(sid, customer, "undelivered undelivered+30003 undelivered");

        Assert.Equal(["undelivered", "undelivered 30003"], await ReadAnnouncedAsync(customer));
    }

    [Theory]
    [InlineData("undelivered+30003 delivered")]
    [InlineData("delivered undelivered+30003")]
    public async Task An_error_belongs_to_its_status(string reports)
    {
        var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());

        await DeliverAsync(sid, customer, reports);

        Assert.Equal("delivered", await ReadStateAsync(sid));
        Assert.Equal("delivered", (await ReadAnnouncedAsync(customer))[^1]);
    }

    [Theory]
    [InlineData("failed+30005 failed+30006")]
    [InlineData("failed+30006 failed+30005")]
    [InlineData("failed failed+30006 failed+30005 failed+30006")]
    public async Task Two_different_reasons_of_one_status_are_a_conflict_with_one_result(string reports)
    {
        var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());
        var conflicts = Api.ReadCounter("webhook.conflict");

        await DeliverAsync(sid, customer, reports);

        Assert.StartsWith("failed 30006", await ReadStateAsync(sid), StringComparison.Ordinal);
        Assert.Equal(conflicts + 1, Api.ReadCounter("webhook.conflict"));
    }

    [Theory]
    [InlineData("failed+30008 failed+30005")]
    [InlineData("failed+30005 failed+30008")]
    public async Task A_known_reason_counts_more_than_an_unknown_one(string reports)
    {
        var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());

        await DeliverAsync(sid, customer, reports);

        Assert.StartsWith("failed 30005", await ReadStateAsync(sid), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_differs_only_in_new_fields_and_their_order_is_a_duplicate()
    {
        var sid = IncomingSmsDriver.NewSid();
        var (conflicts, duplicates) = (Api.ReadCounter("webhook.conflict"), Api.ReadCounter("webhook.duplicate"));

        await Texts.Fields(("MessageSid", sid), ("MessageStatus", "delivered"), ("To", "+12025550115")).DeliverAsync(Api.Client);
        await Texts.Fields(("RawDlrDoneDate", "2611231200"), ("To", "+12025550115"), ("MessageStatus", "delivered"), ("MessageSid", sid))
            .DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal((conflicts, duplicates + 1), (Api.ReadCounter("webhook.conflict"), Api.ReadCounter("webhook.duplicate")));
    }

    [Fact]
    public async Task The_reports_of_the_segments_of_one_text_end_in_one_state()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 5; round++)
        {
            var (customer, sid) = (await NewLeadAsync(), IncomingSmsDriver.NewSid());
            string[] reports = ["sent", "sent", "delivered", "partially_delivered", "undelivered+30003", "undelivered", "delivered", "teleported"];
            random.Shuffle(reports);

            await DeliverAsync(sid, customer, string.Join(' ', reports));

            Assert.Equal("delivered", await ReadStateAsync(sid));
        }
    }

    [Fact]
    public async Task A_call_keeps_everything_that_its_callbacks_say_in_any_order()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 8; round++)
        {
            var (customer, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());
            var conflicts = Api.ReadCounter("webhook.conflict");
            SignedRequest[] requests =
            [
                Voice.Progress(sid, customer, "completed", 3, "outbound-api"),
                Voice.Progress(sid, customer, "completed", 3, "outbound-api", ("CallDuration", "42")),
                Voice.Progress(sid, customer, "completed", 3, "outbound-api", ("AnsweredBy", "unknown")),
                Voice.Progress(sid, customer, "completed", 3, "outbound-api", ("AnsweredBy", "machine_start"), ("SipResponseCode", "200")),
                Voice.Detected(sid, "machine_end_beep"),
            ];
            random.Shuffle(requests);
            foreach (var request in requests)
            {
                await request.DeliverAsync(Api.Client);
                await Api.DrainAsync();
            }

            Assert.Equal("completed 42 machine_start 200", await fixture.ReadAsync<string>(
                "SELECT concat_ws(' ', status, talk_seconds, answered_by, sip_response_code) FROM calls WHERE call_sid = $1", sid));
            Assert.Equal(conflicts, Api.ReadCounter("webhook.conflict"));
        }
    }

    [Fact]
    public async Task Two_different_durations_of_one_status_of_a_call_are_a_conflict()
    {
        var (customer, sid) = (IncomingSmsDriver.NewNumber(), VoiceStatusDriver.NewSid());
        var conflicts = Api.ReadCounter("webhook.conflict");

        foreach (var duration in new[] { "42", "7" })
        {
            await Voice.Progress(sid, customer, "completed", 3, "inbound", ("CallDuration", duration)).DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }

        Assert.Equal(42, await fixture.ReadAsync<double>("SELECT talk_seconds FROM calls WHERE call_sid = $1", sid));
        Assert.Equal(conflicts + 1, Api.ReadCounter("webhook.conflict"));
    }

    [Fact]
    public async Task A_recording_keeps_the_duration_that_only_one_of_its_callbacks_has()
    {
        foreach (var isFirst in new[] { true, false })
        {
            var (call, sid) = (VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());
            var driver = new RecordingDriver(Api.Sms);
            SignedRequest[] requests =
            [
                driver.Status(sid, call, "completed"),
                driver.Fields(("RecordingSid", sid), ("CallSid", call), ("RecordingStatus", "completed"), ("RecordingDuration", "-1")),
            ];
            foreach (var request in isFirst ? requests : requests.Reverse())
            {
                await request.DeliverAsync(Api.Client);
                await Api.DrainAsync();
            }

            Assert.Equal("completed 42 2", await fixture.ReadAsync<string>(
                "SELECT concat_ws(' ', status, duration_seconds, channels) FROM recordings WHERE recording_sid = $1", sid));
        }
    }

    private async Task DeliverAsync(string sid, string to, string reports)
    {
        foreach (var report in reports.Split(' ').Select(text => text.Split('+')))
        {
            await Texts.Status(sid, report[0], to, report.Length > 1 ? int.Parse(report[1]) : null).DeliverAsync(Api.Client);
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

    private Task<string> ReadStateAsync(string sid) => fixture.ReadAsync<string>(
        "SELECT concat_ws(' ', status, error_code, error_message) FROM message_states WHERE message_sid = $1", sid);

    private Task<List<string>> ReadAnnouncedAsync(string customer) => fixture.ListAsync<string>(
        """
        SELECT concat_ws(' ', data->>'status', data->>'errorCode') FROM lead_events JOIN leads ON leads.id = lead_id
        WHERE phone = $1 AND type = 'message_status' ORDER BY seq
        """,
        customer);
}
