using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Messages;

/// <summary>A text.</summary>
/// <param name="Id">Our id of the text.</param>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="Channel">The way that the text took, and that an answer takes: sms, whatsapp, rcs, messenger and others.</param>
/// <param name="From">The sender, for a phone number E.164.</param>
/// <param name="To">The recipient, for a phone number E.164.</param>
/// <param name="Sender">The sender in Twilio's spelling, of an inbound text.</param>
/// <param name="CanReply">Whether the text can be answered. A name and a short code cannot.</param>
/// <param name="Body">The words of the text, which may be empty if the text has media.</param>
/// <param name="Media">The attachments, in order.</param>
/// <param name="OptOutType">STOP, START or HELP, as Twilio understood the text; null if Twilio did not say.</param>
/// <param name="ReceivedAt">When we received the text, UTC.</param>
/// <param name="Status">
/// The furthest status, see <see cref="MessageProgress"/>. If no status was reported: received for an inbound text, null for an outbound text.
/// </param>
/// <param name="ErrorCode">Twilio's code of the error, if the text failed.</param>
/// <param name="ErrorMessage">Twilio's description of the error, if the text failed.</param>
internal sealed record MessageDetails(
    Guid Id,
    string MessageSid,
    string Direction,
    string Channel,
    string From,
    string To,
    string? Sender,
    bool CanReply,
    string Body,
    IReadOnlyList<MediaDetails> Media,
    string? OptOutType,
    DateTimeOffset ReceivedAt,
    string? Status,
    string? ErrorCode,
    string? ErrorMessage);

/// <summary>An attachment of a text.</summary>
internal sealed record MediaDetails(string Url, string? ContentType);

/// <summary>Reads a lead's texts for our own API.</summary>
internal static class MessageReader
{
    /// <summary>The maximum number of texts in a lead's details. The newest texts are shown, oldest first.</summary>
    internal const int MaxMessages = 200;

    private const string ReadSql = """
        SELECT id, message_sid, direction, from_number, to_number, body, received_at,
            ARRAY(SELECT url FROM message_media WHERE message_id = messages.id ORDER BY position),
            ARRAY(SELECT content_type FROM message_media WHERE message_id = messages.id ORDER BY position),
            coalesce(status, CASE direction WHEN 'inbound' THEN 'received' END), error_code, error_message,
            channel, sender, can_reply, opt_out_type
        FROM messages LEFT JOIN message_states USING (message_sid)
        WHERE lead_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2
        """;

    /// <summary>Reads the newest texts of a lead, oldest first.</summary>
    public static async Task<IReadOnlyList<MessageDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxMessages);
        var newestFirst = await command.ReadAllAsync(ReadMessage, cancellationToken);
        newestFirst.Reverse();
        return newestFirst;
    }

    private static MessageDetails ReadMessage(NpgsqlDataReader row)
    {
        var contentTypes = row.GetFieldValue<string?[]>(8);
        var media = row.GetFieldValue<string[]>(7).Select((url, i) => new MediaDetails(url, contentTypes[i]));
        return new MessageDetails(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.GetString(12),
            row.GetString(3),
            row.GetString(4),
            row.GetTextOrNull(13),
            row.GetBoolean(14),
            row.GetString(5),
            [.. media],
            row.GetTextOrNull(15),
            row.GetTimeOrNull(6)!.Value,
            row.GetTextOrNull(9),
            row.GetTextOrNull(10),
            row.GetTextOrNull(11));
    }
}
