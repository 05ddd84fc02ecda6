using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Messages;

/// <summary>An incoming text from a lead.</summary>
internal sealed record IncomingMessage(
    LeadId Lead,
    string MessageSid,
    string From,
    string To,
    string Body,
    IReadOnlyList<SmsMedia> Media,
    DateTimeOffset ReceivedAt);

/// <summary>Stores the texts that leads send.</summary>
internal sealed class MessageStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at)
        VALUES ($1, $2, 'inbound', $3, $4, $5, $6, $7)
        ON CONFLICT (message_sid) DO NOTHING
        """;

    private const string AddMediaSql = """
        INSERT INTO message_media (message_id, position, url, content_type)
        SELECT $1, media.number - 1, media.url, media.type
        FROM unnest($2, $3) WITH ORDINALITY AS media (url, type, number)
        """;

    /// <summary>Stores a text with its attachments. Returns false if a text with the same SID is already stored.</summary>
    public async Task<bool> AddIncomingAsync(UnitOfWork work, IncomingMessage message, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddUuid(id);
        add.Parameters.AddUuid(message.Lead.Value);
        add.Parameters.AddText(message.MessageSid);
        add.Parameters.AddText(message.From);
        add.Parameters.AddText(message.To);
        add.Parameters.AddText(message.Body);
        add.Parameters.AddTimestamp(message.ReceivedAt);
        if (await add.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        if (message.Media.Count > 0)
        {
            await using var addMedia = work.CreateCommand(AddMediaSql);
            addMedia.Parameters.AddUuid(id);
            addMedia.Parameters.AddArray(message.Media.Select(item => item.Url).ToArray(), NpgsqlDbType.Text);
            addMedia.Parameters.AddArray(message.Media.Select(item => item.ContentType).ToArray(), NpgsqlDbType.Text);
            await addMedia.ExecuteNonQueryAsync(cancellationToken);
        }

        return true;
    }
}

/// <summary>An attachment of a text, such as a picture.</summary>
/// <param name="Url">The address of the attachment at Twilio.</param>
/// <param name="ContentType">For example <c>image/jpeg</c>.</param>
internal sealed record SmsMedia(string Url, string? ContentType);
