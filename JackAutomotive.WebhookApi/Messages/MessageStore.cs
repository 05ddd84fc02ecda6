using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Messages;

/// <summary>An incoming text.</summary>
/// <param name="Lead">The lead; null if nobody can be reached at the sender.</param>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="Channel">sms, whatsapp, rcs, messenger and others.</param>
/// <param name="From">The sender's address, for a phone number E.164.</param>
/// <param name="To">Our address, for a phone number E.164.</param>
/// <param name="Sender">The sender in Twilio's spelling, to which an answer goes.</param>
/// <param name="Recipient">Our address in Twilio's spelling, from which an answer comes.</param>
/// <param name="CanReply">Whether the text can be answered. A name and a short code cannot.</param>
/// <param name="Body">The words.</param>
/// <param name="Media">The attachments, in order.</param>
/// <param name="OptOutType">STOP, START or HELP, as Twilio understood the text; null if Twilio did not say.</param>
/// <param name="ReceivedAt">When the text was received.</param>
internal sealed record IncomingMessage(
    LeadId? Lead,
    string MessageSid,
    string Channel,
    string From,
    string To,
    string Sender,
    string Recipient,
    bool CanReply,
    string Body,
    IReadOnlyList<SmsMedia> Media,
    string? OptOutType,
    DateTimeOffset ReceivedAt);

/// <summary>A text that Twilio has accepted from us.</summary>
/// <param name="Lead">The lead.</param>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="Channel">sms, whatsapp, rcs, messenger and others.</param>
/// <param name="From">Our number or other sender; empty while a messaging service has not chosen it.</param>
/// <param name="To">The recipient's address, for a phone number E.164.</param>
/// <param name="Recipient">The recipient in Twilio's spelling.</param>
/// <param name="Body">The words.</param>
/// <param name="MediaUrls">The addresses of the attachments.</param>
/// <param name="SentAt">When the text was sent.</param>
internal sealed record OutgoingMessage(
    LeadId Lead,
    string MessageSid,
    string Channel,
    string From,
    string To,
    string Recipient,
    string Body,
    IReadOnlyList<string> MediaUrls,
    DateTimeOffset SentAt);

/// <summary>Stores the texts that we receive and send.</summary>
internal sealed class MessageStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO messages (
            id, lead_id, direction, message_sid, from_number, to_number, body, received_at, channel, sender, recipient, can_reply, opt_out_type,
            delivery_id)
        VALUES ($1, $2, 'inbound', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (message_sid) DO NOTHING
        """;

    private const string AddOutgoingSql = """
        INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at, channel, recipient)
        VALUES ($1, $2, 'outbound', $3, $4, $5, $6, $7, $8, $9)
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
        add.Parameters.AddUuid(message.Lead?.Value);
        add.Parameters.AddText(message.MessageSid);
        add.Parameters.AddText(message.From);
        add.Parameters.AddText(message.To);
        add.Parameters.AddText(message.Body);
        add.Parameters.AddTimestamp(message.ReceivedAt);
        add.Parameters.AddText(message.Channel);
        add.Parameters.AddText(message.Sender);
        add.Parameters.AddText(message.Recipient);
        add.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = message.CanReply });
        add.Parameters.AddText(message.OptOutType);
        add.Parameters.AddBigint(work.DeliveryId);
        if (await add.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await AddMediaAsync(work, id, message.Media, cancellationToken);
        return true;
    }

    /// <summary>Stores a text that Twilio has accepted. Returns false if a text with the same SID is already stored.</summary>
    public async Task<bool> AddOutgoingAsync(UnitOfWork work, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        await using var add = work.CreateCommand(AddOutgoingSql);
        add.Parameters.AddUuid(id);
        add.Parameters.AddUuid(message.Lead.Value);
        add.Parameters.AddText(message.MessageSid);
        add.Parameters.AddText(message.From);
        add.Parameters.AddText(message.To);
        add.Parameters.AddText(message.Body);
        add.Parameters.AddTimestamp(message.SentAt);
        add.Parameters.AddText(message.Channel);
        add.Parameters.AddText(message.Recipient);
        if (await add.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await AddMediaAsync(work, id, [.. message.MediaUrls.Select(url => new SmsMedia(url, null))], cancellationToken);
        return true;
    }

    private static async Task AddMediaAsync(UnitOfWork work, Guid message, IReadOnlyList<SmsMedia> media, CancellationToken cancellationToken)
    {
        if (media.Count > 0)
        {
            await using var addMedia = work.CreateCommand(AddMediaSql);
            addMedia.Parameters.AddUuid(message);
            addMedia.Parameters.AddArray(media.Select(item => item.Url).ToArray(), NpgsqlDbType.Text);
            addMedia.Parameters.AddArray(media.Select(item => item.ContentType).ToArray(), NpgsqlDbType.Text);
            await addMedia.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

/// <summary>An attachment of a text, such as a picture.</summary>
/// <param name="Url">The address of the attachment at Twilio.</param>
/// <param name="ContentType">For example <c>image/jpeg</c>.</param>
internal sealed record SmsMedia(string Url, string? ContentType);
