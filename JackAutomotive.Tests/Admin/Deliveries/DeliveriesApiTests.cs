using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Admin.Deliveries;

public class DeliveriesApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly DeliveriesDriver _deliveries = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Deliveries_are_listed_newest_first_page_by_page_without_their_bodies()
    {
        var from = IncomingSmsDriver.NewNumber();
        for (var i = 0; i < 5; i++)
        {
            await Api.Sms.Text($"secret words {i}", from).DeliverAsync(Api.Client);
        }

        var mine = await fixture.ListAsync<long>("SELECT id FROM inbox WHERE ordering_key = $1 ORDER BY id DESC", $"sms:{from}");
        var seen = await _deliveries.ListAsync("limit=2&topic=twilio.sms-incoming", all: true);

        Assert.Equal(mine, seen.Where(mine.Contains));
        Assert.Equal(seen.Count, seen.Distinct().Count());
        var page = await _deliveries.GetAsync("/api/deliveries?limit=5");
        Assert.DoesNotContain("secret words", page.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("pending", (string?)page["items"]![0]!["state"]);
        await Api.DrainAsync();
    }

    [Fact]
    public async Task A_delivery_is_found_only_by_its_exact_provider_id()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var (sms, call, recording) = (IncomingSmsDriver.NewSid(), VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());
        var conversation = PostCallDriver.NewConversation();
        await Api.Sms.Text(from: customer, sid: sms).DeliverAsync(Api.Client);
        await Api.Sms.Text(from: customer, sid: $"{sms}0").DeliverAsync(Api.Client);
        await new SmsStatusDriver(Api.Sms).Status(sms, "delivered", customer).DeliverAsync(Api.Client);
        await new VoiceStatusDriver(Api.Sms).Progress(call, customer, "ringing", 1).DeliverAsync(Api.Client);
        await new RecordingDriver(Api.Sms).Status(recording, call, "completed").DeliverAsync(Api.Client);
        await Api.PostCall.Request(PostCallDriver.Transcription(conversation, customer)).DeliverAsync(Api.Client);
        var unknown = PostCallDriver.Transcription(conversation, customer);
        unknown["type"] = "of_the_future";
        await Api.PostCall.Request(unknown).DeliverAsync(Api.Client);

        // While deliveries are pending, the id of a call or a conversation also finds its deliveries of other kinds, by their ordering key.
        Assert.Equal(2, (await _deliveries.ListAsync($"providerId={call}")).Count);
        await Api.DrainAsync();

        Assert.Equal(2, (await _deliveries.ListAsync($"providerId={sms}")).Count);
        Assert.Single(await _deliveries.ListAsync($"providerId={call}"));
        Assert.Single(await _deliveries.ListAsync($"providerId={recording}"));
        Assert.Equal(2, (await _deliveries.ListAsync($"providerId={conversation}")).Count);
        Assert.Single(await _deliveries.ListAsync($"providerId={conversation}&parkedAs=unroutable"));
        Assert.Empty(await _deliveries.ListAsync($"providerId={sms[..^1]}"));
    }

    [Fact]
    public async Task Each_filter_and_each_combination_narrows_the_list()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var before = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await Api.Sms.Text(from: customer).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var text = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await Api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var broken = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);

        Assert.Equal([text], await _deliveries.ListAsync($"lead={lead}"));
        Assert.Contains(broken, await _deliveries.ListAsync("state=parked&parkedAs=malformed"));
        Assert.DoesNotContain(text, await _deliveries.ListAsync("state=parked&limit=200"));
        Assert.Contains(text, await _deliveries.ListAsync("state=done"));
        Assert.Equal([text], await _deliveries.ListAsync($"receivedFrom={At(before, 1)}&receivedTo={At(before, 2)}"));
        Assert.Equal([broken, text], await _deliveries.ListAsync($"receivedFrom={At(before, 1)}&topic=twilio.sms-incoming"));
        Assert.Empty(await _deliveries.ListAsync($"receivedFrom={At(before, 1)}&topic=twilio.sms-status"));
        Assert.Empty(await _deliveries.ListAsync($"lead={lead}&state=parked"));
    }

    [Theory]
    [InlineData("limit", "0")]
    [InlineData("limit", "201")]
    [InlineData("limit", "many")]
    [InlineData("after", "-1")]
    [InlineData("after", "x")]
    [InlineData("state", "failed")]
    [InlineData("parkedAs", "dead")]
    [InlineData("topic", "no topic")]
    [InlineData("providerId", "a%25b")]
    [InlineData("providerId", "")]
    [InlineData("lead", "somebody")]
    [InlineData("receivedFrom", "yesterday")]
    [InlineData("receivedFrom", "2026-11-23T12:00:00")]
    [InlineData("receivedTo", "2026-11-23")]
    [InlineData("parkedas", "exhausted")]
    public async Task An_invalid_filter_is_refused_and_named(string name, string value)
    {
        using var answer = await Api.Client.GetAsync(
            new Uri($"/api/deliveries?{name}={value}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer);
        Assert.Equal([name], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData("state=done&parkedAs=malformed", "parkedAs")]
    [InlineData("receivedFrom=2026-11-23T12:00:00Z&receivedTo=2026-11-23T12:00:00%2B00:00", "receivedTo")]
    public async Task Contradictory_filters_are_refused(string query, string named)
    {
        using var answer = await Api.Client.GetAsync(
            new Uri($"/api/deliveries?{query}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await Problem.AssertAsync(answer))["errors"]![named]);
    }

    [Fact]
    public async Task A_delivery_is_shown_with_its_body_trace_events_and_attempts()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await Api.Sms.Text("Héllo", customer, sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var delivery = await _deliveries.FindAsync(await _deliveries.FindIdAsync($"sms:{sid}"));

        Assert.Equal(("twilio", "done", 1), ((string?)delivery["source"], (string?)delivery["state"], (int)delivery["attempts"]!));
        Assert.Contains($"MessageSid={sid}", (string?)delivery["body"]!["text"], StringComparison.Ordinal);
        Assert.StartsWith("application/x-www-form-urlencoded", (string?)delivery["headers"]!["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(32, ((string)delivery["traceId"]!).Length);
        var events = delivery["events"]!.AsArray();
        Assert.Equal(["1 lead_created", "2 sms_received"], events.Select(e => $"{e!["seq"]} {e["type"]}"));
        Assert.Equal(["1 done"], delivery["attemptLog"]!.AsArray().Select(attempt => $"{attempt!["number"]} {attempt["outcome"]}"));
        Assert.NotNull(delivery["attemptLog"]![0]!["endedAt"]);
    }

    [Fact]
    public async Task A_body_that_is_not_text_is_shown_in_base64()
    {
        byte[] body = [0xff, 0xfe, 0x00];
        await Api.PostCall.Request(body).DeliverAsync(Api.Client);
        var id = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
        await Api.DrainAsync();

        var delivery = await _deliveries.FindAsync(id);

        Assert.Equal(body, Convert.FromBase64String((string)delivery["body"]!["base64"]!));
        Assert.Null(delivery["body"]!["text"]);
        Assert.Equal("malformed", (string?)delivery["parkedAs"]);
        Assert.Equal("parked", (string?)delivery["attemptLog"]![0]!["outcome"]);
        Assert.EndsWith("Exception", (string?)delivery["attemptLog"]![0]!["errorClass"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_attempt_is_shown_with_its_outcome_and_an_expired_lease_as_lost()
    {
        var sid = IncomingSmsDriver.NewSid();
        await Api.Sms.Text(sid: sid).DeliverAsync(Api.Client);
        var id = await _deliveries.FindIdAsync($"sms:{sid}");

        // A worker claims the delivery and dies.
        var leaseEnd = fixture.Time.GetUtcNow().AddSeconds(30);
        await fixture.ListAsync<long>(
            "UPDATE inbox SET attempts = 1, lease_until = $2, due_at = $2 WHERE id = $1 RETURNING id", id, leaseEnd);
        Assert.Equal(["running"], await OutcomesAsync(id));

        fixture.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["lost"], await OutcomesAsync(id));
        await Api.DrainAsync();
        Assert.Equal(["lost", "done"], await OutcomesAsync(id));
    }

    [Theory]
    [InlineData("/api/deliveries/999999999")]
    [InlineData("/api/deliveries/nonsense")]
    [InlineData("/api/deliveries/-1")]
    public async Task An_unknown_delivery_is_answered_404(string path)
    {
        using var answer = await Api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:no-such-delivery");
        Assert.Equal(HttpStatusCode.NotFound, (await _deliveries.PostAsync($"{path}/replay")).Status);
    }

    [Theory]
    [InlineData("GET", "/api/deliveries")]
    [InlineData("GET", "/api/deliveries/1")]
    [InlineData("GET", "/api/deliveries/counters")]
    [InlineData("POST", "/api/deliveries/1/replay")]
    [InlineData("POST", "/api/deliveries/replay")]
    [InlineData("POST", "/api/signature-doctor")]
    public async Task Only_keys_with_the_scope_admin_are_admitted(string method, string path)
    {
        await _deliveries.AddKeyAsync("key-without-admin", "no admin", "read", "write");

        foreach (var (key, status) in new[] { ("key-without-admin", HttpStatusCode.Forbidden), (null, HttpStatusCode.Unauthorized) })
        {
            using var client = Api.NewClient(key);
            using var body = new StringContent("{}", Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
            await Problem.AssertAsync(answer);
        }
    }

    private async Task<List<string>> OutcomesAsync(long id) =>
        [.. (await _deliveries.FindAsync(id))["attemptLog"]!.AsArray().Select(attempt => (string)attempt!["outcome"]!)];

    private static string At(DateTimeOffset start, int minutes) => start.AddMinutes(minutes).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}
