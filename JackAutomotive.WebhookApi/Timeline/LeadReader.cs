using System.Data;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Features.Audio;
using JackAutomotive.WebhookApi.Features.Calls;
using JackAutomotive.WebhookApi.Features.Conversations;
using Npgsql;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>
/// A lead with everything that was said, as of <see cref="LastSeq"/>: a stream resumed from there misses nothing and repeats nothing.
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
    /// <summary>Who watches the lead at this moment; null while that cannot be said.</summary>
    public IReadOnlyList<LeadWatcher>? Watchers { get; init; }
}

/// <summary>A text message.</summary>
/// <param name="Id">Ours.</param>
/// <param name="MessageSid">Twilio's.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The recipient.</param>
/// <param name="Body">May be empty, with media.</param>
/// <param name="Media">Attachments, in order.</param>
/// <param name="ReceivedAt">UTC.</param>
/// <param name="Status">How far it got, see <see cref="Twilio.MessageProgress"/>; null if nothing was told.</param>
/// <param name="ErrorCode">Twilio's, if it failed.</param>
/// <param name="ErrorMessage">Twilio's, if it failed.</param>
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

/// <summary>An attachment.</summary>
internal sealed record MediaDetails(string Url, string? ContentType);

/// <summary>Reads leads for our own API.</summary>
internal sealed class LeadReader(NpgsqlDataSource database)
{
    /// <summary>Messages shown with a lead: the newest this many, oldest first.</summary>
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

    /// <summary>Leads, newest first.</summary>
    /// <param name="before">Only those older than this one.</param>
    /// <param name="phone">Only the one with this number.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
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

    /// <summary>One lead with its messages and calls, all as of one moment; null if there is no such lead.</summary>
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
