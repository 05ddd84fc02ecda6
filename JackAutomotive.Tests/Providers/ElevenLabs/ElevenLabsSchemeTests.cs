using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

public class ElevenLabsSchemeTests
{
    private static readonly FakeTimeProvider s_time = new();

    private readonly ElevenLabsScheme _scheme = new(
        Options.Create(new ElevenLabsOptions { PostCallSecrets = ["wsec_one"], ConversationEventsSecrets = ["wsec_two", "wsec_three"] }),
        s_time);

    [Theory]
    [InlineData(ElevenLabsOptions.PostCallSecretSetting, "wsec_one", true)]
    [InlineData(ElevenLabsOptions.PostCallSecretSetting, "wsec_two", false)]
    [InlineData(ElevenLabsOptions.ConversationEventsSecretSetting, "wsec_two", true)]
    [InlineData(ElevenLabsOptions.ConversationEventsSecretSetting, "wsec_three", true)]
    [InlineData(ElevenLabsOptions.ConversationEventsSecretSetting, "wsec_one", false)]
    public void Each_endpoint_accepts_only_its_own_secrets(string setting, string signedWith, bool isValid)
    {
        var request = new DefaultHttpContext().Request;
        var timestamp = s_time.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        request.Headers[PostCallDriver.SignatureHeader] = PostCallDriver.Sign(timestamp, "{}"u8.ToArray(), signedWith);

        Assert.Equal(SignatureVerdict.Valid, _scheme.Inspect(Endpoint(setting), request));
        Assert.Equal(isValid ? SignatureVerdict.Valid : SignatureVerdict.Mismatch, _scheme.Verify(Endpoint(setting), request, "{}"u8, out _));
    }

    [Fact]
    public void An_endpoint_without_secrets_reports_its_missing_setting()
    {
        Assert.Null(_scheme.FindMissingSetting(Endpoint(ElevenLabsOptions.PostCallSecretSetting)));
        Assert.Equal(
            ElevenLabsOptions.ConversationInitiationSecretSetting,
            _scheme.FindMissingSetting(Endpoint(ElevenLabsOptions.ConversationInitiationSecretSetting)));
    }

    private static WebhookEndpoint Endpoint(string setting) => new("elevenlabs", "test", setting, 1000);
}
