using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Providers.ElevenLabs.Rest;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

internal static class ElevenLabsFeature
{
    public static void AddElevenLabs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ElevenLabsOptions>, ValidateElevenLabsOptions>();
        builder.Services.AddOptionsWithValidateOnStart<ElevenLabsOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.PostCallSecrets = SecretList.Parse(configuration[ElevenLabsOptions.PostCallSecretSetting]);
            options.ConversationEventsSecrets = SecretList.Parse(configuration[ElevenLabsOptions.ConversationEventsSecretSetting]);
            options.ConversationInitiationSecrets = SecretList.Parse(configuration[ElevenLabsOptions.ConversationInitiationSecretSetting]);
            options.AgentIds = SecretList.Parse(configuration[ElevenLabsOptions.AgentIdSetting]);
            options.ApiKey = ProviderHttp.ReadText(configuration, ElevenLabsOptions.ApiKeySetting);
            options.ApiBaseUrl = ProviderHttp.ReadBaseUrl(configuration, ElevenLabsOptions.ApiBaseUrlSetting) ?? options.ApiBaseUrl;
            options.PhoneNumberId = ProviderHttp.ReadText(configuration, ElevenLabsOptions.PhoneNumberIdSetting);
            options.FirstMessage = ProviderHttp.ReadText(configuration, ElevenLabsOptions.FirstMessageSetting);
            options.CallingAgent = options.AgentIds.Count > 0
                ? options.AgentIds[0]
                : ProviderHttp.ReadText(configuration, ElevenLabsOptions.SimulatedAgentSetting);
            options.ConversationInitiationHeader =
                configuration[ElevenLabsOptions.ConversationInitiationHeaderSetting] is { Length: > 0 } header
                    ? header
                    : options.ConversationInitiationHeader;
        });
        builder.Services.AddRoutingFacts(ElevenLabsOptions.AgentIdSetting, services =>
            services.GetRequiredService<IOptions<ElevenLabsOptions>>().Value.AgentIds);

        builder.Services.AddProviderClient(ElevenLabsClient.ClientName);
        builder.Services.AddSingleton<ElevenLabsClient>();
        builder.Services.AddSingleton<AgentDirectory>();
        builder.Services.AddSingleton<IOutboundGateway, ElevenLabsCalls>();

        builder.Services.AddSingleton<ElevenLabsScheme>();
        builder.Services.AddSingleton<InitiationScheme>();
        builder.Services.AddSingleton<InitiationAnswers>();
        builder.Services.AddSingleton<ConversationEventsReceiver>();
        builder.Services.AddSingleton<ConversationInitiationReceiver>();
        builder.Services.AddScoped<PostCallAudio>();
        builder.Services.AddSingleton<CallFailureStore>();
        builder.Services.AddSingleton<CallInitiationFailure>();
        builder.Services.AddDeliveryHandler<PostCallHandler>(
            Topics.ElevenLabsPostCall, PostCallPayload.Transcription, PostCallPayload.Audio, PostCallPayload.InitiationFailure);
        builder.Services.AddDeliveryHandler<ConversationEventsHandler>(
            Topics.ElevenLabsConversationEvents, [.. ConversationEventsPayload.KnownTypes]);
        builder.Services.AddDeliveryHandler<ConversationInitiationHandler>(Topics.ElevenLabsConversationInitiation);
    }

    public static void MapElevenLabs(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("").WithTags("ElevenLabs");

        webhooks.MapWebhook<ElevenLabsScheme>("/api/webhooks/elevenlabs/post-call", PostCall.Endpoint, PostCall.Identify);
        webhooks.MapWebhook<ElevenLabsScheme, ConversationEventsReceiver>(
            "/api/webhooks/elevenlabs/conversation-events", ConversationEvents.Endpoint);
        webhooks.MapWebhook<InitiationScheme, ConversationInitiationReceiver>(
            "/api/webhooks/elevenlabs/conversation-initiation", ConversationInitiation.Endpoint);
    }
}
