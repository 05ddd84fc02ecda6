using System.Data;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary>
/// A lead with its texts, calls, conversations and audio as of <see cref="LastSeq"/>. A stream that resumes from this seq misses no event and
/// repeats no event.
/// </summary>
internal sealed record LeadDetails(
    Guid Id,
    string? Phone,
    string? Name,
    long LastSeq,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<MessageDetails> Messages,
    IReadOnlyList<CallDetails> Calls,
    IReadOnlyList<ConversationDetails> Conversations,
    IReadOnlyList<AudioDetails> Audio)
{
    /// <summary>The current watchers of the lead; null while Redis is unavailable.</summary>
    public IReadOnlyList<LeadWatcher>? Watchers { get; init; }
}

/// <summary>A text.</summary>
/// <param name="Id">Our id of the text.</param>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The recipient.</param>
/// <param name="Body">The words of the text, which may be empty if the text has media.</param>
/// <param name="Media">The attachments, in order.</param>
/// <param name="ReceivedAt">When we received the text, UTC.</param>
/// <param name="Status">The furthest status, see <see cref="MessageProgress"/>; null if no status was reported.</param>
/// <param name="ErrorCode">Twilio's code of the error, if the text failed.</param>
/// <param name="ErrorMessage">Twilio's description of the error, if the text failed.</param>
internal sealed record MessageDetails(
    Guid Id,
    string MessageSid,
    string Direction,
    string From,
    string To,
    string Body,
    IReadOnlyList<MediaDetails> Media,
    DateTimeOffset ReceivedAt,
    string? Status,
    string? ErrorCode,
    string? ErrorMessage);

/// <summary>An attachment of a text.</summary>
internal sealed record MediaDetails(string Url, string? ContentType);

/// <summary>Reads leads for our own API.</summary>
internal sealed class LeadReader(NpgsqlDataSource database)
{
    /// <summary>The maximum number of texts in a lead's details. The newest texts are shown, oldest first.</summary>
    internal const int MaxMessages = 200;

    private const string ListSql = """
        SELECT id, phone, name, last_seq, created_at, updated_at FROM leads
        WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR phone = $2)
        ORDER BY id DESC LIMIT $3
        """;

    private const string FindSql = "SELECT id, phone, name, last_seq, created_at, updated_at FROM leads WHERE id = $1";

    private const string MessagesSql = """
        SELECT id, message_sid, direction, from_number, to_number, body, received_at,
            ARRAY(SELECT url FROM message_media WHERE message_id = messages.id ORDER BY position),
            ARRAY(SELECT content_type FROM message_media WHERE message_id = messages.id ORDER BY position),
            coalesce(status, CASE direction WHEN 'inbound' THEN 'received' END), error_code, error_message
        FROM messages LEFT JOIN message_states USING (message_sid)
        WHERE lead_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2
        """;

    /// <summary>Lists leads, newest first.</summary>
    /// <param name="before">If not null, only leads older than this lead are listed.</param>
    /// <param name="phone">If not null, only the lead with this phone number is listed.</param>
    /// <param name="limit">The maximum number of leads.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<IReadOnlyList<LeadListItem>> ListAsync(
        LeadId? before,
        PhoneNumber? phone,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddUuid(before?.Value);
        command.Parameters.AddText(phone?.Value);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadLead, cancellationToken);
    }

    /// <summary>Finds a lead with its texts, calls, conversations and audio, all from one snapshot. Returns null if there is no such lead.</summary>
    public async Task<LeadDetails?> FindAsync(LeadId id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        await using var find = new NpgsqlCommand(FindSql, connection);
        find.Parameters.AddUuid(id.Value);
        if (await find.ReadAllAsync(ReadLead, cancellationToken) is not [var lead])
        {
            return null;
        }

        return new LeadDetails(
            lead.Id,
            lead.Phone,
            lead.Name,
            lead.LastSeq,
            lead.CreatedAt,
            lead.UpdatedAt,
            await ReadMessagesAsync(connection, id, cancellationToken),
            await CallReader.ReadAsync(connection, id, cancellationToken),
            await ConversationReader.ReadAsync(connection, id, cancellationToken),
            await ConversationAudioReader.ReadAsync(connection, id, cancellationToken));
    }

    private static async Task<IReadOnlyList<MessageDetails>> ReadMessagesAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MessagesSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxMessages);
        var newestFirst = await command.ReadAllAsync(ReadMessage, cancellationToken);
        newestFirst.Reverse();
        return newestFirst;
    }

    private static LeadListItem ReadLead(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.TextOrNull(1), row.TextOrNull(2), row.GetInt64(3), row.TimeOrNull(4)!.Value, row.TimeOrNull(5)!.Value);

    private static MessageDetails ReadMessage(NpgsqlDataReader row)
    {
        var types = row.GetFieldValue<string?[]>(8);
        var media = row.GetFieldValue<string[]>(7).Select((url, i) => new MediaDetails(url, types[i]));
        return new MessageDetails(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.GetString(3),
            row.GetString(4),
            row.GetString(5),
            [.. media],
            row.TimeOrNull(6)!.Value,
            row.TextOrNull(9),
            row.TextOrNull(10),
            row.TextOrNull(11));
    }
}
