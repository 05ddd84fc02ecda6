using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations.Audio;

/// <summary>Stores the reference from a conversation to the object that holds its audio.</summary>
internal sealed class ConversationAudioStore(NpgsqlDataSource database, IObjectStore objects, TimeProvider time)
{
    private const string IsStoredSql = "SELECT EXISTS (SELECT FROM conversation_audio WHERE conversation_id = $1 AND made_at >= $2)";

    private const string SaveSql = """
        INSERT INTO conversation_audio AS stored (conversation_id, object_hash, content_type, bytes, made_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (conversation_id) DO UPDATE SET
            object_hash = EXCLUDED.object_hash, content_type = EXCLUDED.content_type, bytes = EXCLUDED.bytes, made_at = EXCLUDED.made_at,
            updated_at = EXCLUDED.updated_at
        WHERE stored.made_at < EXCLUDED.made_at
        """;

    private const string AssignLeadSql = """
        UPDATE conversation_audio SET lead_id = $2 WHERE conversation_id = $1 AND lead_id IS NULL RETURNING content_type, bytes
        """;

    /// <summary>Whether this audio of a conversation, or a newer version of it, is already stored.</summary>
    public async Task<bool> IsStoredAsync(string conversationId, DateTimeOffset madeAt, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(IsStoredSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddTimestamp(madeAt);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// References an object as the audio of a conversation, in place of an older version of the audio. A newer version stays.
    /// </summary>
    /// <exception cref="IOException">The object is not in the store.</exception>
    public async Task SaveAsync(
        UnitOfWork work,
        string conversationId,
        ObjectName audio,
        long length,
        string contentType,
        DateTimeOffset madeAt,
        CancellationToken cancellationToken)
    {
        await using var lockCommand = work.CreateCommand("");
        await ObjectLock.TakeForStoredAsync(lockCommand, objects, audio, cancellationToken);

        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddBytes(audio.ToHash());
        command.Parameters.AddText(contentType);
        command.Parameters.AddBigint(length);
        command.Parameters.AddTimestamp(madeAt);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Assigns the audio of a conversation to a lead and announces the audio to the lead's watchers, once. Call this method when the audio
    /// arrives and when the lead becomes known. The method does nothing while the audio is not stored or no lead is known.
    /// </summary>
    public static async Task AnnounceAsync(
        UnitOfWork work,
        string conversationId,
        LeadId? lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (lead is not { } knownLead)
        {
            return;
        }

        await using var command = work.CreateCommand(AssignLeadSql);
        command.Parameters.AddText(conversationId);
        command.Parameters.AddUuid(knownLead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken))
        {
            work.Raise(knownLead, LeadEventTypes.RecordingAvailable, at, new
            {
                ConversationId = conversationId,
                ContentType = row.GetString(0),
                Bytes = row.GetInt64(1),
                Url = GetConversationAudio.PathOf(conversationId),
            });
        }
    }
}
