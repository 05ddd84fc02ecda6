using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Architecture;

public sealed class PrivacyTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task No_log_contains_a_body_a_transcript_a_secret_or_a_full_phone_number()
    {
        await using var api = fixture.Start();
        var number = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text("the words of a text", number, sid).DeliverAsync(api.Client);
        await api.Sms.Text("other words", number, sid).DeliverAsync(api.Client);
        await api.Sms.Text("words from a short code", "12345").DeliverAsync(api.Client);
        (await api.Sms.Text("refused words", number).WithHeader(IncomingSmsDriver.SignatureHeader, "x").SendAsync(api.Client)).Dispose();
        await api.PostCall.Request(PostCallDriver.Transcription(number: number)).DeliverAsync(api.Client);
        await api.PostCall.Request("malformed words").DeliverAsync(api.Client);
        await api.DrainAsync();
        var search = new Uri($"/api/leads?phone={Uri.EscapeDataString(number)}", UriKind.Relative);
        await api.Client.GetStringAsync(search, TestContext.Current.CancellationToken);

        var log = string.Join('\n', api.Logs.Entries);

        Assert.Contains("refused a delivery", log, StringComparison.Ordinal);
        Assert.Contains("is parked as", log, StringComparison.Ordinal);
        string[] secrets = ["words", "blue one", number[1..], IncomingSmsDriver.Token, PostCallDriver.Secret, WebhookApiInstance.Key];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_log_contains_customer_data_of_any_accepted_repeated_or_rejected_webhook()
    {
        await using var api = fixture.Start();
        var customers = Enumerable.Range(0, 2).Select(_ => IncomingSmsDriver.NewNumber()).ToArray();
        SignedRequest[] requests =
        [
            .. EveryWebhook.CustomerStory(api, fixture.Time, customers[0]),
            .. EveryWebhook.WithheldNumberStory(api.Sms, fixture.Time, isFollowed: true),
            .. EveryWebhook.UnreachedCustomerStory(api.Sms, fixture.Time, customers[1]),
            new ConversationEventsDriver(fixture.Time).Partial("Is it still"),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(api.Client);
            await request.DeliverAsync(api.Client);
            var (header, _) = Assert.Single(request.Headers);
            foreach (var rejected in new[] { request.WithoutHeader(header), request.WithHeader(header, "t=1,v0=ab") })
            {
                using var answer = await rejected.SendAsync(api.Client);
                Assert.InRange((int)answer.StatusCode, 401, 403);
            }
        }

        // Two bodies that cannot be read.
        await api.PostCall.Request("{\"type\": \"Hello").DeliverAsync(api.Client);
        await api.Sms.Fields([("Body", "Hello"), ("From", customers[0])]).DeliverAsync(api.Client);
        await api.DrainAsync();

        var log = string.Join('\n', api.Logs.Entries);
        Assert.Equal(2 * requests.Length, api.ReadCounter("webhook.rejected"));
        string[] secrets =
        [
            "Hello", "Is it still", "and we", "blue one", .. customers.Select(customer => customer[1..]), IncomingSmsDriver.Token,
            PostCallDriver.Secret, ConversationEventsDriver.Secret, InitiationDriver.Secret, WebhookApiInstance.Key,
        ];
        Assert.Contains("parked as malformed", log, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
    }
}
