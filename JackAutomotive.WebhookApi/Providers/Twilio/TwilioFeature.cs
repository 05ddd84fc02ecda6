using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.Twilio;

internal static class TwilioFeature
{
    public static void AddTwilio(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<TwilioOptions>, ValidateTwilioOptions>();
        builder.Services.AddOptionsWithValidateOnStart<TwilioOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.AuthTokens = SecretList.Parse(configuration[TwilioOptions.AuthTokenSetting]);
            options.AccountSids = SecretList.Parse(configuration[TwilioOptions.AccountSidSetting]);
            options.PhoneNumbers = [.. SecretList.Parse(configuration[TwilioOptions.PhoneNumberSetting]).Select(OurNumbers.Normalise)];
        });
        builder.Services.AddSingleton<OurNumbers>();
        builder.Services.AddRoutingFacts(TwilioOptions.PhoneNumberSetting, services =>
            services.GetRequiredService<IOptions<TwilioOptions>>().Value.PhoneNumbers);

        builder.Services.AddSingleton<TwilioScheme>();
        builder.Services.AddSingleton<MessageStore>();
        builder.Services.AddDeliveryHandler<IncomingSmsHandler>(Topics.TwilioIncomingSms);
        builder.Services.AddSingleton<MessageStateStore>();
        builder.Services.AddDeliveryHandler<SmsStatusHandler>(Topics.TwilioSmsStatus);
        builder.Services.AddDeliveryHandler<VoiceStatusHandler>(Topics.TwilioVoiceStatus);
        builder.Services.AddDeliveryHandler<RecordingHandler>(Topics.TwilioRecording);
    }

    public static void MapTwilio(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/webhooks/twilio").WithTags("Twilio");

        string[] health = [HttpMethods.Get, HttpMethods.Head];

        group.MapPost("/sms/incoming", IncomingSms.Receive).AsWebhook<TwilioScheme>(IncomingSms.Endpoint);
        group.MapMethods("/sms/incoming", health, IncomingSms.Health);

        group.MapPost("/sms/status", SmsStatus.Receive).AsWebhook<TwilioScheme>(SmsStatus.Endpoint);
        group.MapMethods("/sms/status", health, SmsStatus.Health);

        group.MapPost("/voice/status", VoiceStatus.Receive).AsWebhook<TwilioScheme>(VoiceStatus.Endpoint);
        group.MapMethods("/voice/status", health, VoiceStatus.Health);

        group.MapPost("/voice/recording", Recording.Receive).AsWebhook<TwilioScheme>(Recording.Endpoint);
        group.MapMethods("/voice/recording", health, Recording.Health);
    }
}
