using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Messaging;

public sealed class PrivacyTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task No_log_holds_a_body_a_transcript_a_secret_or_a_full_phone_number()
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
}
