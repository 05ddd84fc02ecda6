using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;

namespace JackAutomotive.WebhookApi.Features.Audio;

/// <summary>That there is audio of a conversation.</summary>
/// <param name="ConversationId">The provider's id.</param>
/// <param name="ContentType">For example <c>audio/mpeg</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="MadeAt">By the provider, UTC.</param>
/// <param name="Url">Where to get it, see <see cref="GetConversationAudio"/>.</param>
internal sealed record AudioDetails(string ConversationId, string ContentType, long Bytes, DateTimeOffset MadeAt, string Url);

/// <summary>Audio as it is to be sent.</summary>
internal sealed record StoredAudio(ObjectName Object, string ContentType, DateTimeOffset UpdatedAt);

/// <summary>Reads which audio there is for our own API.</summary>
internal static class ConversationAudioReader
{
    /// <summary>Audio shown with a lead: the newest this many, oldest first.</summary>
    internal const int MaxAudio = 50;

    private const string OfLeadSql = """
        SELECT conversation_id, content_type, bytes, made_at FROM conversation_audio
        WHERE lead_id = $1 ORDER BY made_at DESC, conversation_id DESC LIMIT $2
        """;

    private const string FindSql = "SELECT object_hash, content_type, updated_at FROM conversation_audio WHERE conversation_id = $1";

    /// <summary>The newest audio of a lead.</summary>
    public static async Task<IReadOnlyList<AudioDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(OfLeadSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxAudio);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var newestFirst = new List<AudioDetails>();
        while (await row.ReadAsync(cancellationToken))
        {
            var conversation = row.GetString(0);
            newestFirst.Add(new AudioDetails(
                conversation,
                row.GetString(1),
                row.GetInt64(2),
                row.GetFieldValue<DateTimeOffset>(3),
                GetConversationAudio.PathOf(conversation)));
        }

        newestFirst.Reverse();
        return newestFirst;
    }

    /// <summary>The audio of a conversation, if there is any.</summary>
    public static async Task<StoredAudio?> FindAsync(NpgsqlDataSource database, string conversationId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.AddText(conversationId);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new StoredAudio(ObjectName.Of(row.GetFieldValue<byte[]>(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
            : null;
    }
}
