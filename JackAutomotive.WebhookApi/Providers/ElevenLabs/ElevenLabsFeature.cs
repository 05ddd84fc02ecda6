using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.ElevenLabs;

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
            options.ConversationInitiationHeader =
                configuration[ElevenLabsOptions.ConversationInitiationHeaderSetting] is { Length: > 0 } header
                    ? header
                    : options.ConversationInitiationHeader;
        });
        builder.Services.AddRoutingFacts(ElevenLabsOptions.AgentIdSetting, services =>
            services.GetRequiredService<IOptions<ElevenLabsOptions>>().Value.AgentIds);

        builder.Services.AddSingleton<ElevenLabsScheme>();
        builder.Services.AddSingleton<InitiationScheme>();
        builder.Services.AddSingleton<InitiationAnswers>();
        builder.Services.AddSingleton<PostCallAudio>();
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
        var group = routes.MapGroup("/api/webhooks/elevenlabs").WithTags("ElevenLabs");

        group.MapPost("/post-call", PostCall.Receive).AsWebhook<ElevenLabsScheme>(PostCall.Endpoint);
        group.MapMethods("/post-call", [HttpMethods.Get, HttpMethods.Head], PostCall.Health);

        group.MapPost("/conversation-events", ConversationEvents.Receive).AsWebhook<ElevenLabsScheme>(ConversationEvents.Endpoint);
        group.MapMethods("/conversation-events", [HttpMethods.Get, HttpMethods.Head], ConversationEvents.Health);

        group.MapPost("/conversation-initiation", ConversationInitiation.Answer)
            .AsWebhook<InitiationScheme>(ConversationInitiation.Endpoint);
        group.MapMethods("/conversation-initiation", [HttpMethods.Get, HttpMethods.Head], ConversationInitiation.Health);
    }
}
