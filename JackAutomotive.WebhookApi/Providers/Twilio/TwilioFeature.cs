using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Providers.Twilio.Rest;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

internal static class TwilioFeature
{
    public const string SmsStatusPath = "/api/webhooks/twilio/sms/status";

    public static void AddTwilio(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<TwilioOptions>, ValidateTwilioOptions>();
        builder.Services.AddOptionsWithValidateOnStart<TwilioOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.AuthTokens = SecretList.Parse(configuration[TwilioOptions.AuthTokenSetting]);
            options.AccountSids = SecretList.Parse(configuration[TwilioOptions.AccountSidSetting]);
            options.StaffNumbers = [.. SecretList.Parse(configuration[TwilioOptions.StaffNumberSetting]).Select(OurNumbers.Normalise)];
            options.PhoneNumbers = [.. SecretList.Parse(configuration[TwilioOptions.PhoneNumberSetting]).Select(OurNumbers.Normalise)];
            options.ApiBaseUrl = ProviderHttp.ReadBaseUrl(configuration, TwilioOptions.ApiBaseUrlSetting);
            options.MessagingServiceSid = ProviderHttp.ReadText(configuration, TwilioOptions.MessagingServiceSetting);
            options.ApiKeySid = ProviderHttp.ReadText(configuration, TwilioOptions.ApiKeySidSetting);
            options.ApiKeySecret = ProviderHttp.ReadText(configuration, TwilioOptions.ApiKeySecretSetting);
            options.SendingAccount = options.AccountSids.Count > 0
                ? options.AccountSids[0]
                : ProviderHttp.ReadText(configuration, TwilioOptions.SimulatedAccountSetting);
            options.SendingNumber = options.PhoneNumbers.Count > 0
                ? options.PhoneNumbers[0]
                : ProviderHttp.ReadText(configuration, TwilioOptions.SimulatedNumberSetting);
        });
        builder.Services.AddProviderClient(TwilioRest.ClientName).AddHttpMessageHandler<TwilioRestHandler>();
        builder.Services.AddTransient<TwilioRestHandler>();
        builder.Services.AddSingleton<TwilioRest>();
        builder.Services.AddSingleton<TwilioCalls>();
        builder.Services.AddSingleton<IOutboundGateway, TwilioTexts>();
        builder.Services.AddSingleton<OurNumbers>();
        builder.Services.AddRoutingFacts(TwilioOptions.PhoneNumberSetting, services =>
            services.GetRequiredService<IOptions<TwilioOptions>>().Value.PhoneNumbers);

        builder.Services.AddSingleton<TwilioScheme>();
        builder.Services.AddSingleton<IncomingSmsConsent>();
        builder.Services.AddScoped<IncomingSmsHandler>();
        builder.Services.AddScoped<SmsStatusHandler>();
        builder.Services.AddScoped<VoiceStatusHandler>();
        builder.Services.AddScoped<RecordingHandler>();
        builder.Services.AddDeliveryHandler<TwilioCallbackHandler>(Topics.TwilioIncomingSms, IncomingSms.SenderKinds);
        builder.Services.AddDeliveryHandler<TwilioCallbackHandler>(Topics.TwilioSmsStatus);
        builder.Services.AddDeliveryHandler<TwilioCallbackHandler>(Topics.TwilioVoiceStatus);
        builder.Services.AddDeliveryHandler<TwilioCallbackHandler>(Topics.TwilioRecording);
    }

    public static void MapTwilio(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("").WithTags("Twilio");

        webhooks.MapWebhook<TwilioScheme>("/api/webhooks/twilio/sms/incoming", IncomingSms.Endpoint, TwilioCallback.Identify);
        webhooks.MapWebhook<TwilioScheme>(SmsStatusPath, SmsStatus.Endpoint, TwilioCallback.Identify);
        webhooks.MapWebhook<TwilioScheme>("/api/webhooks/twilio/voice/status", VoiceStatus.Endpoint, TwilioCallback.Identify);
        webhooks.MapWebhook<TwilioScheme>("/api/webhooks/twilio/voice/recording", Recording.Endpoint, TwilioCallback.Identify);
    }
}
