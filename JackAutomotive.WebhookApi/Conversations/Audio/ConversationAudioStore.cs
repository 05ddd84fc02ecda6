using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Features.Audio;

/// <summary>Which object is the audio of a conversation.</summary>
internal sealed class ConversationAudioStore(TimeProvider time)
{
    private const string IsKnownSql = "SELECT EXISTS (SELECT FROM conversation_audio WHERE conversation_id = $1 AND made_at >= $2)";

    private const string SaveSql = """
        INSERT INTO conversation_audio AS stored (conversation_id, object_hash, content_type, bytes, made_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (conversation_id) DO UPDATE SET
            object_hash = EXCLUDED.object_hash, content_type = EXCLUDED.content_type, bytes = EXCLUDED.bytes, made_at = EXCLUDED.made_at,
            updated_at = EXCLUDED.updated_at
        WHERE stored.made_at < EXCLUDED.made_at
        """;

    private const string AnnounceSql = """
        UPDATE conversation_audio SET lead_id = $2 WHERE conversation_id = $1 AND lead_id IS NULL RETURNING content_type, bytes
        """;

    /// <summary>Whether this audio of a conversation, or a newer one, is stored.</summary>
    public static async Task<bool> IsKnownAsync(
        UnitOfWork work,
        string conversationId,
        DateTimeOffset madeAt,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(IsKnownSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddTime(madeAt);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Keeps a finished upload as a conversation's audio, in place of an older one.</summary>
    public async Task SaveAsync(
        UnitOfWork work,
        string conversationId,
        ObjectUpload audio,
        string contentType,
        DateTimeOffset madeAt,
        CancellationToken cancellationToken)
    {
        await ObjectReferences.LockAsync(work, audio.Name, cancellationToken);
        await audio.KeepAsync(cancellationToken);

        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddBytes(audio.Name.ToHash());
        command.Parameters.AddText(contentType);
        command.Parameters.AddBigint(audio.Length);
        command.Parameters.AddTime(madeAt);
        command.Parameters.AddTime(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Gives a conversation's audio to a lead and tells the lead's watchers, once. Call it whenever something new is known of the audio or
    /// of whose conversation it is; as long as one of the two is missing, nothing happens.
    /// </summary>
    public static async Task AnnounceAsync(
        UnitOfWork work,
        string conversationId,
        LeadId? lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (lead is not { } watched)
        {
            return;
        }

        await using var command = work.CreateCommand(AnnounceSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddUuid(watched.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken))
        {
            work.Raise(watched, LeadEventTypes.RecordingAvailable, at, new
            {
                ConversationId = conversationId,
                ContentType = row.GetString(0),
                Bytes = row.GetInt64(1),
                Url = GetConversationAudio.PathOf(conversationId),
            });
        }
    }
}
