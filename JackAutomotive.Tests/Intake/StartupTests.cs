using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Intake;

public class StartupTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Theory]
    [InlineData("TWILIO_AUTH_TOKEN", "")]
    [InlineData("TWILIO_AUTH_TOKEN", " , ")]
    [InlineData("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", null)]
    [InlineData("STREAM_TOKEN_SECRET", "one-that-is-long-enough-to-be-used, too short")]
    [InlineData("PUBLIC_BASE_URL", "hooks.example.com")]
    [InlineData("TRUSTED_PROXIES", "10.0.0.0/8, nonsense")]
    [InlineData("OBJECT_STORE", "attic")]
    [InlineData("OBJECT_STORE", "s3", "S3_BUCKET")]
    [InlineData("S3_ENDPOINT", "localhost")]
    [InlineData("Inbox:Concurrency", "0", "Concurrency")]
    public void A_missing_or_invalid_setting_stops_the_start_and_is_named_in_the_log(string setting, string? value, string? named = null)
    {
        LogCollector logs = null!;
        Assert.ThrowsAny<Exception>(() => fixture.Start(instance => logs = instance.Logs, (setting, value)));

        // The operator sees the log. The exception of the test host sometimes says only that the program ended.
        var failure = Assert.Single(logs.Entries, entry => entry.StartsWith("Error Microsoft.Extensions.Hosting", StringComparison.Ordinal));
        Assert.Contains(nameof(OptionsValidationException), failure, StringComparison.Ordinal);
        Assert.Contains(named ?? setting, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TWILIO_AUTH_TOKEN", "/api/webhooks/twilio/sms/incoming")]
    [InlineData("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "/api/webhooks/elevenlabs/post-call")]
    public async Task In_Development_an_endpoint_names_its_missing_setting(string setting, string path)
    {
        await using var api = fixture.Start(instance => instance.In(Environments.Development), (setting, ""));

        var address = new Uri(path, UriKind.Relative);

        using var delivery = await api.Client.PostAsync(address, new StringContent(""), TestContext.Current.CancellationToken);
        using var health = await api.Client.GetAsync(address, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, delivery.StatusCode);
        var problem = await Problem.AssertAsync(delivery, "urn:jack-automotive:problem:not-configured");
        Assert.Equal(setting, (string?)problem["setting"]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Contains(setting, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
