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
        });

        builder.Services.AddSingleton<ElevenLabsScheme>();
        builder.Services.AddSingleton<PostCallAudio>();
        builder.Services.AddSingleton<CallFailureStore>();
        builder.Services.AddSingleton<CallInitiationFailure>();
        builder.Services.AddDeliveryHandler<PostCallHandler>(Topics.ElevenLabsPostCall);
    }

    public static void MapElevenLabs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/webhooks/elevenlabs").WithTags("ElevenLabs");

        group.MapPost("/post-call", PostCall.Receive).AsWebhook<ElevenLabsScheme>(PostCall.Endpoint);
        group.MapMethods("/post-call", [HttpMethods.Get, HttpMethods.Head], PostCall.Health);
    }
}
