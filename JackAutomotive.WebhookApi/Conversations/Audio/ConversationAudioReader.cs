using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations.Audio;

/// <summary>A description of the audio of a conversation, without the audio itself.</summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="ContentType">The media type, for example <c>audio/mpeg</c>.</param>
/// <param name="Bytes">The length of the audio in bytes.</param>
/// <param name="MadeAt">When the provider made the audio, UTC.</param>
/// <param name="Url">The path of the audio, served by <see cref="GetConversationAudio"/>.</param>
internal sealed record AudioDetails(string ConversationId, string ContentType, long Bytes, DateTimeOffset MadeAt, string Url);

/// <summary>The object that holds the audio of a conversation, and the values for the response headers.</summary>
internal sealed record StoredAudio(ObjectName Object, string ContentType, DateTimeOffset UpdatedAt);

/// <summary>Reads the audio of leads and conversations for our own API.</summary>
internal static class ConversationAudioReader
{
    /// <summary>The maximum number of audio entries in a lead's details. The newest entries are shown, oldest first.</summary>
    internal const int MaxAudio = 50;

    private const string FindByLeadSql = """
        SELECT conversation_id, content_type, bytes, made_at FROM conversation_audio
        WHERE lead_id = $1 ORDER BY made_at DESC, conversation_id DESC LIMIT $2
        """;

    private const string FindSql = "SELECT object_hash, content_type, updated_at FROM conversation_audio WHERE conversation_id = $1";

    /// <summary>Returns the newest audio entries of a lead.</summary>
    public static async Task<IReadOnlyList<AudioDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindByLeadSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxAudio);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var newestFirst = new List<AudioDetails>();
        while (await row.ReadAsync(cancellationToken))
        {
            var conversationId = row.GetString(0);
            newestFirst.Add(new AudioDetails(
                conversationId,
                row.GetString(1),
                row.GetInt64(2),
                row.GetFieldValue<DateTimeOffset>(3),
                GetConversationAudio.PathOf(conversationId)));
        }

        newestFirst.Reverse();
        return newestFirst;
    }

    /// <summary>Finds the audio of a conversation. Returns null if there is none.</summary>
    public static async Task<StoredAudio?> FindAsync(NpgsqlDataSource database, string conversationId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.AddText(conversationId);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new StoredAudio(ObjectName.FromHash(row.GetFieldValue<byte[]>(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
            : null;
    }
}
