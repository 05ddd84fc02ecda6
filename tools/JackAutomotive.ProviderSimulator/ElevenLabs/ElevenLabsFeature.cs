using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

internal static class ElevenLabsFeature
{
    public static void AddElevenLabs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ElevenLabsOptions, ValidateElevenLabsOptions>().Bind(builder.Configuration);
        builder.Services.AddHttpClient<ElevenLabsWebhooks>(PostingFeature.PointToTarget);
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("elevenlabs", CheckSecret, failureStatus: null, tags: null));
    }

    private static SettingCheck CheckSecret(IServiceProvider services) => new(() =>
    {
        var options = services.GetRequiredService<IOptions<ElevenLabsOptions>>().Value;
        return options.SigningSecret + options.LiveSecret + options.InitiationSecret;
    });
}
