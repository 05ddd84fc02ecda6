using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations.Audio;

/// <summary><c>GET /api/conversations/{id}/audio</c></summary>
internal static class GetConversationAudio
{
    /// <summary>Returns the path of the audio of a conversation.</summary>
    public static string PathOf(string conversationId) => $"/api/conversations/{Uri.EscapeDataString(conversationId)}/audio";

    /// <summary>Streams the audio of a conversation. Range requests are supported (RFC 9110, section 14).</summary>
    public static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Handle(
        string id,
        NpgsqlDataSource database,
        IObjectStore store,
        CancellationToken cancellationToken)
    {
        if (await ConversationAudioReader.FindAsync(database, id, cancellationToken) is not { } audio
            || await store.OpenAsync(audio.Object, cancellationToken) is not { } stream)
        {
            return Problems.NoSuchAudio();
        }

        return TypedResults.File(
            stream,
            audio.ContentType,
            lastModified: audio.UpdatedAt,
            entityTag: new EntityTagHeaderValue($"\"{audio.Object}\""),
            enableRangeProcessing: true);
    }
}
