using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

public class IncomingSmsTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task A_text_from_a_new_number_creates_a_lead_with_a_message()
    {
        var from = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();

        await Api.Sms.Text("Is the blue one still there? 😀 é", from, sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
        var data = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT data::text FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND seq = 2", from))!;
        Assert.Equal("Is the blue one still there? 😀 é", (string?)data["body"]);
        Assert.Equal(sid, (string?)data["messageSid"]);
        Assert.Equal((from, IncomingSmsDriver.OurNumber), ((string?)data["from"], (string?)data["to"]));
        Assert.Equal(
            "inbound|Is the blue one still there? 😀 é",
            await fixture.ReadAsync<string>("SELECT direction || '|' || body FROM messages WHERE message_sid = $1", sid));
    }

    [Fact]
    public async Task Texts_from_one_number_belong_to_one_lead_in_order_of_arrival()
    {
        var from = IncomingSmsDriver.NewNumber();
        foreach (var body in new[] { "one", "two", "three" })
        {
            await Api.Sms.Text(body, from).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();

        Assert.Equal(["lead_created", "sms_received", "sms_received", "sms_received"], await fixture.ReadEventTypesAsync(from));
        Assert.Equal(["one", "two", "three"], await fixture.ListAsync<string>(
            "SELECT data->>'body' FROM lead_events JOIN leads ON leads.id = lead_id WHERE phone = $1 AND seq > 1 ORDER BY seq", from));
        Assert.Equal(1, await fixture.CountAsync("leads WHERE phone = $1", from));
    }

    [Fact]
    public async Task Pictures_without_text_are_stored_with_their_media()
    {
        var from = IncomingSmsDriver.NewNumber();
        var pictures = Api.Sms.Picture(from, ("https://api.example.com/1", "image/jpeg"), ("https://api.example.com/2", "image/png"));
        await pictures.DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
        Assert.Equal(
            ["image/jpeg https://api.example.com/1", "image/png https://api.example.com/2"],
            await fixture.ListAsync<string>(
                """
                SELECT content_type || ' ' || url FROM message_media JOIN messages ON messages.id = message_id
                WHERE from_number = $1 ORDER BY position
                """,
                from));
    }

    [Fact]
    public async Task A_signed_text_without_the_required_fields_is_answered_200_and_parked_as_malformed()
    {
        await Api.Sms.Fields([("Nonsense", Guid.NewGuid().ToString())]).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.True(await fixture.CountAsync("inbox WHERE topic = 'twilio.sms-incoming' AND parked_as = 'malformed'") > 0);
    }

    [Fact]
    public async Task Characters_that_Postgres_cannot_store_are_removed_and_the_rest_is_kept()
    {
        var from = IncomingSmsDriver.NewNumber();
        await Api.Sms.Text("a\0b '; DROP TABLE leads; -- \u2028 <&>", from).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(
            "ab '; DROP TABLE leads; -- \u2028 <&>",
            await fixture.ReadAsync<string>("SELECT body FROM messages WHERE from_number = $1", from));
        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task First_and_repeated_deliveries_are_answered_with_an_empty_TwiML_document()
    {
        var text = Api.Sms.Text();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await text.SendAsync(Api.Client);
            Assert.Equal("text/xml", answer.Content.Headers.ContentType?.MediaType);
            var document = System.Xml.Linq.XDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("Response", document.Root!.Name);
            Assert.True(document.Root is { Value: "", HasElements: false, HasAttributes: false });
        }
    }

    [Theory]
    [InlineData("none", "missing")]
    [InlineData("garbage", "malformed")]
    [InlineData("other", "mismatch")]
    public async Task An_invalid_signature_is_answered_403_and_recorded_without_the_body(string kind, string reason)
    {
        var sid = IncomingSmsDriver.NewSid();
        var text = Api.Sms.Text("secret words", sid: sid);
        text = kind switch
        {
            "none" => text.WithoutHeader(IncomingSmsDriver.SignatureHeader),
            "garbage" => text.WithHeader(IncomingSmsDriver.SignatureHeader, "garbage"),
            _ => new IncomingSmsDriver(Api.Address, "another-token").Text("secret words", sid: sid),
        };
        var counted = Api.ReadCounter("webhook.rejected", $"reason={reason}");
        var recorded = await CountRejectionsAsync(reason);

        using var answer = await text.SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:signature-{reason}", [IncomingSmsDriver.Token, "secret words"]);
        await Api.DrainAsync();
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key = $1", $"sms:{sid}"));
        Assert.Equal(0, await fixture.CountAsync("messages WHERE message_sid = $1", sid));
        Assert.Equal(counted + 1, Api.ReadCounter("webhook.rejected", $"reason={reason}"));
        Assert.Equal(recorded + 1, await CountRejectionsAsync(reason));
        Assert.Equal(0, await fixture.CountAsync("rejected_deliveries AS row WHERE row::text LIKE '%secret words%'"));
    }

    [Fact]
    public async Task The_signed_URL_is_the_configured_base_URL_with_the_exact_request_target()
    {
        await using var api = fixture.Start(("PUBLIC_BASE_URL", "https://hooks.example.com/jack/"));
        var elsewhere = new IncomingSmsDriver(new Uri("https://hooks.example.com/jack"));
        var fields = new[] { ("MessageSid", IncomingSmsDriver.NewSid()), ("From", IncomingSmsDriver.NewNumber()), ("Body", "") };

        using var right = await elsewhere.Fields(fields, "/api/webhooks/twilio/%73ms/incomin%67?b=%7e%2F&a=x%20y+z").SendAsync(api.Client);
        using var wrong = await new IncomingSmsDriver(api.Address).Fields(fields).SendAsync(api.Client);

        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
    }

    [Fact]
    public async Task Forwarded_headers_are_trusted_only_from_configured_proxies()
    {
        await using var behindProxy = fixture.Start(("TRUSTED_PROXIES", "127.0.0.0/8, ::1"));
        var forwarded = new IncomingSmsDriver(new Uri("https://hooks.example.com")).Text()
            .WithHeader("X-Forwarded-Proto", "https")
            .WithHeader("X-Forwarded-Host", "hooks.example.com")
            .WithHeader("X-Forwarded-For", "203.0.113.7");

        using var trusted = await forwarded.SendAsync(behindProxy.Client);
        using var untrusted = await forwarded.SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.OK, trusted.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, untrusted.StatusCode);
    }

    [Theory]
    [InlineData(256 * 1024, false)]
    [InlineData((256 * 1024) + 1, true)]
    public async Task A_body_beyond_the_limit_is_answered_413(int length, bool isTooLarge)
    {
        var text = Api.Sms.Text().WithBody(new byte[length]);

        using var answer = await text.SendAsync(Api.Client);

        Assert.Equal(isTooLarge ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.Forbidden, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    [Fact]
    public async Task The_webhook_reports_its_health_to_GET_and_HEAD()
    {
        await Api.DrainAsync();
        var before = await GetHealthAsync(HttpStatusCode.OK);
        await Api.Sms.Text().DeliverAsync(Api.Client);
        (await Api.Sms.Text().WithHeader(IncomingSmsDriver.SignatureHeader, "x").SendAsync(Api.Client)).Dispose();
        fixture.Time.Advance(TimeSpan.FromSeconds(7));

        // The answer is about a second old at most.
        JsonNode health = null!;
        await Wait.UntilAsync(
            async () => (string?)(health = await GetHealthAsync(HttpStatusCode.OK))["lastRejected"]?["reason"] == "malformed"
                && (double?)health["backlog"]!["oldestAgeSeconds"] == 7,
            "the health after the rejection");
        using var headRequest = new HttpRequestMessage(HttpMethod.Head, IncomingSmsDriver.Path);
        using var head = await Api.Client.SendAsync(headRequest, TestContext.Current.CancellationToken);

        Assert.Equal(0, (int)before["backlog"]!["count"]!);
        Assert.Equal("ok", (string?)health["status"]);
        Assert.True((bool)health["configured"]!);
        Assert.Equal(fixture.Time.GetUtcNow().AddSeconds(-7), (DateTimeOffset)health["lastAccepted"]!);
        Assert.Equal("malformed", (string?)health["lastRejected"]!["reason"]);
        Assert.Equal(1, (int)health["backlog"]!["count"]!);
        Assert.Equal(7, (double)health["backlog"]!["oldestAgeSeconds"]!);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await Api.DrainAsync();
    }

    private async Task<JsonNode> GetHealthAsync(HttpStatusCode expected)
    {
        using var anonymous = Api.NewClient(key: null);
        var path = new Uri(IncomingSmsDriver.Path, UriKind.Relative);
        using var answer = await anonymous.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(IncomingSmsDriver.Token, text, StringComparison.Ordinal);
        return JsonNode.Parse(text)!;
    }

    private Task<long> CountRejectionsAsync(string reason) =>
        fixture.CountAsync("rejected_deliveries WHERE topic = 'twilio.sms-incoming' AND reason = $1", reason);
}
