using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>POST /api/twilio/send-sms, and what the API shows of the texts.</summary>
public sealed class SendSmsTests(Servers servers) : OutboundTest(servers)
{
    private protected override (string Name, string? Value)[] Settings => [("PUBLIC_BASE_URL", "https://hooks.example.com/jack")];

    [Fact]
    public async Task An_accepted_text_goes_to_Twilio_and_is_shown_with_its_attempt_its_message_and_its_events()
    {
        var id = await Driver.TextAsync();
        Assert.Equal("queued", await Driver.StateAsync(id));
        await Api.SendAsync();

        var sent = Assert.Single(Providers.Texts);
        Assert.Equal(
            [("Body", "Your car is ready."), ("From", ProviderServer.Number),
                ("StatusCallback", "https://hooks.example.com/jack/api/webhooks/twilio/sms/status"), ("To", Driver.Number)],
            sent.Fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => (field.Key, field.Value)));
        var job = await Driver.GetAsync(id);
        Assert.Equal(("sent", null), ((string?)job["state"], (string?)job["dueAt"]));
        var attempt = Assert.Single(job["attempts"]!.AsArray())!;
        Assert.Equal(("accepted", sent.Id), ((string?)attempt["outcome"], (string?)attempt["messageSid"]));
        Assert.Equal(["lead_created", "outbound_updated", "sms_sent"], await Driver.EventTypesAsync());
        Assert.Equal(1, await Fixture.CountAsync("messages WHERE direction = 'outbound' AND message_sid = $1 AND body = 'Your car is ready.'", sent.Id));
    }

    [Fact]
    public async Task A_repetition_with_the_same_key_gets_the_same_answer_and_another_request_with_it_gets_409()
    {
        var request = new JsonObject { ["to"] = Driver.Number, ["body"] = "Once" };
        using var first = await Driver.PostTextAsync(request, "key-1");
        await Api.SendAsync();
        using var second = await Driver.PostTextAsync(new JsonObject { ["body"] = "Once", ["to"] = "(" + Driver.Number[2..5] + ") " + Driver.Number[5..] }, "key-1");
        using var other = await Driver.PostTextAsync(new JsonObject { ["to"] = Driver.Number, ["body"] = "Twice" }, "key-1");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await second.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        await Problem.AssertAsync(other, "urn:jack-automotive:problem:idempotency-key-used");
        await Api.SendAsync();
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task Simultaneous_requests_with_one_key_send_one_text()
    {
        var request = new JsonObject { ["to"] = Driver.Number, ["body"] = "Once" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Driver.PostTextAsync((JsonObject)request.DeepClone(), "key-2")));
        await Api.SendAsync();

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        Assert.Single((await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(Cancellation)))).Distinct());
        Assert.Single(Providers.Texts);
        foreach (var answer in answers)
        {
            answer.Dispose();
        }
    }

    [Theory]
    [InlineData("""{"body": "x"}""", "to")]
    [InlineData("""{"to": "+12025550123", "leadId": "01890a5d-ac96-774b-bcce-b302099a8057", "body": "x"}""", "to")]
    [InlineData("""{"to": "Restricted", "body": "x"}""", "to")]
    [InlineData("""{"to": "+12025550199", "body": "to ourselves"}""", "to")]
    [InlineData("""{"leadId": "x", "body": "x"}""", "leadId")]
    [InlineData("""{"to": "+12025550123"}""", "body")]
    [InlineData("""{"to": "+12025550123", "body": "  "}""", "body")]
    [InlineData("""{"to": "+12025550123", "body": 7}""", "body")]
    [InlineData("""{"to": "+12025550123", "body": "x", "mediaUrls": ["ftp://example.com/a"]}""", "mediaUrls")]
    [InlineData("""{"to": "+12025550123", "body": "x", "mediaUrl": "https://example.com/a"}""", "mediaUrl")]
    [InlineData("""[]""", "body")]
    public async Task A_wrong_request_is_answered_with_the_field_that_is_wrong(string request, string field)
    {
        using var content = new StringContent(request, Encoding.UTF8, "application/json");
        using var answer = await Api.Client.PostAsync(new Uri("/api/twilio/send-sms", UriKind.Relative), content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer);
        Assert.Contains(field, problem["errors"]!.AsObject().Select(error => error.Key));
        Assert.Equal(0, await Fixture.CountAsync("outbound_jobs"));
    }

    [Fact]
    public async Task A_lead_is_texted_at_its_number_and_an_unknown_lead_is_not_found()
    {
        await new IncomingSmsDriver(new Uri("https://hooks.example.com/jack")).Text("Hello", Driver.Number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var lead = await Fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", Driver.Number);
        await Driver.AcceptAsync("/api/twilio/send-sms", new JsonObject { ["leadId"] = lead.ToString(), ["body"] = "Hi" });
        await Api.SendAsync();

        Assert.Equal(Driver.Number, Assert.Single(Providers.Texts).To);
        using var unknown = await Driver.PostTextAsync(new JsonObject { ["leadId"] = Guid.NewGuid().ToString(), ["body"] = "Hi" });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task The_channel_of_an_address_is_kept_for_the_recipient_and_the_sender()
    {
        await Driver.AcceptAsync("/api/twilio/send-sms", new JsonObject { ["to"] = $"whatsapp:{Driver.Number}", ["body"] = "Hi" });
        await Api.SendAsync();

        var sent = Assert.Single(Providers.Texts);
        Assert.Equal(($"whatsapp:{Driver.Number}", $"whatsapp:{ProviderServer.Number}"), (sent.To, sent.From));
    }

    [Fact]
    public async Task Texts_are_listed_and_found_by_lead_state_kind_and_address_page_by_page()
    {
        var one = await Driver.TextAsync("One");
        await Api.SendAsync();
        var two = await Driver.TextAsync("Two");
        await new OutboundDriver(Fixture, Api).TextAsync();
        var to = Uri.EscapeDataString(Driver.Number);

        Assert.Equal([two, one], (await Driver.ListAsync($"to={to}")).Select(job => (Guid)job!["id"]!));
        Assert.Equal([one], (await Driver.ListAsync($"to={to}&state=sent&kind=text")).Select(job => (Guid)job!["id"]!));
        Assert.Empty(await Driver.ListAsync($"to={to}&kind=call"));
        Assert.Equal([one], (await Driver.ListAsync($"to={to}&limit=1&before={two}")).Select(job => (Guid)job!["id"]!));
        var lead = await Fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", Driver.Number);
        Assert.Equal(2, (await Driver.ListAsync($"lead={lead}")).Count);
        using var wrong = await Api.Client.GetAsync(new Uri("/api/outbound?state=x", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task A_text_can_be_withdrawn_until_it_goes_out()
    {
        var id = await Driver.TextAsync();
        using var withdrawn = await Driver.WithdrawAsync(id);
        using var again = await Driver.WithdrawAsync(id);
        await Api.SendAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (withdrawn.StatusCode, again.StatusCode));
        Assert.Empty(Providers.Texts);
        Assert.Equal("withdrawn", await Driver.StateAsync(id));

        var gone = await Driver.TextAsync();
        await Api.SendAsync();
        using var late = await Driver.WithdrawAsync(gone);
        using var unknown = await Driver.WithdrawAsync(Guid.NewGuid());
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.NotFound), (late.StatusCode, unknown.StatusCode));
    }

    [Fact]
    public async Task Nobody_sends_without_a_key()
    {
        using var anonymous = Api.NewClient(key: null);
        using var content = new StringContent("""{"to": "+12025550123", "body": "x"}""", Encoding.UTF8, "application/json");
        using var answer = await anonymous.PostAsync(new Uri("/api/twilio/send-sms", UriKind.Relative), content, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_missing_setting_is_named()
    {
        await using var api = Fixture.Start();
        using var answer = await new OutboundDriver(Fixture, api).PostTextAsync(new JsonObject { ["to"] = Driver.Number, ["body"] = "x" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:not-configured");
        Assert.Equal("TWILIO_ACCOUNT_SID", (string?)problem["setting"]);
    }

    [Fact]
    public async Task A_running_worker_sends_an_accepted_text_without_waiting_for_its_timer()
    {
        // The clock stands still, so no timer fires.
        await using var api = Fixture.Start([.. Providers.Settings, ("Outbound:Dispatch", "true")]);
        var driver = new OutboundDriver(Fixture, api);
        await driver.TextAsync("One");
        Fixture.Time.Advance(TimeSpan.FromMilliseconds(1)); // The ids of one millisecond have no order.
        await driver.TextAsync("Two");

        await Wait.UntilAsync(() => Providers.Texts.Count == 2, "both texts");
        Assert.Equal(["One", "Two"], Providers.Texts.Select(text => text.Content));
    }
}
