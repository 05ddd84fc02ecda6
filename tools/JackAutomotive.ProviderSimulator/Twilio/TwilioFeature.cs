using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

internal static class TwilioFeature
{
    public static void AddTwilio(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<TwilioOptions, ValidateTwilioOptions>().Bind(builder.Configuration);
        builder.Services.AddTransient<TwilioSigningHandler>();
        builder.Services.AddHttpClient<TwilioWebhooks>(PostingFeature.PointToTarget).AddHttpMessageHandler<TwilioSigningHandler>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("twilio", CheckToken, failureStatus: null, tags: null));
    }

    private static SettingCheck CheckToken(IServiceProvider services) =>
        new(() => services.GetRequiredService<IOptions<TwilioOptions>>().Value.SigningToken);
}
