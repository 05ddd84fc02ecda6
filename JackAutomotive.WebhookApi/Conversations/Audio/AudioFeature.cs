using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Conversations.Audio;

internal static class AudioFeature
{
    public static void AddAudio(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ConversationAudioStore>();

    public static void MapAudio(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/conversations/{id}/audio", GetConversationAudio.Handle).WithTags("Leads").RequireAuthorization(ApiKeys.Read);
}
