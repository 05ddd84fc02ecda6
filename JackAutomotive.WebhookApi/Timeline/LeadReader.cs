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
    IReadOnlyList<LeadAddressDetails> Addresses,
    IReadOnlyList<MessageDetails> Messages,
    IReadOnlyList<CallDetails> Calls,
    IReadOnlyList<ConversationDetails> Conversations,
    IReadOnlyList<AudioDetails> Audio)
{
    /// <summary>The current watchers of the lead; null while Redis is unavailable.</summary>
    public IReadOnlyList<LeadWatcher>? Watchers { get; init; }
}

/// <summary>Reads leads for our own API.</summary>
internal sealed class LeadReader(NpgsqlDataSource database)
{
    private const string ListSql = """
        SELECT id, phone, name, last_seq, created_at, updated_at FROM leads
        WHERE ($1::uuid IS NULL OR id < $1)
            AND ($2::text IS NULL OR id = (SELECT lead_id FROM lead_addresses WHERE kind = $2 AND address = $4))
        ORDER BY id DESC LIMIT $3
        """;

    private const string FindSql = "SELECT id, phone, name, last_seq, created_at, updated_at FROM leads WHERE id = $1";

    /// <summary>Lists leads, newest first.</summary>
    /// <param name="before">If not null, only leads older than this lead are listed.</param>
    /// <param name="address">If not null, only the lead with this address is listed.</param>
    /// <param name="limit">The maximum number of leads.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<IReadOnlyList<LeadListItem>> ListAsync(
        LeadId? before,
        ChannelAddress? address,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddUuid(before?.Value);
        command.Parameters.AddText(address?.Kind);
        command.Parameters.AddInteger(limit);
        command.Parameters.AddText(address?.Address);
        return await command.ReadAllAsync(ReadLead, cancellationToken);
    }

    /// <summary>Reads a lead and its details from one database snapshot. Returns null if there is no such lead.</summary>
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

        var messages = await MessageReader.ReadAsync(connection, id, cancellationToken);
        var (calls, conversations) = CombinedResults.Of(
            await CallReader.ReadAsync(connection, id, cancellationToken),
            await ConversationReader.ReadAsync(connection, id, cancellationToken));
        return new LeadDetails(
            lead.Id,
            lead.Phone,
            lead.Name,
            lead.LastSeq,
            lead.CreatedAt,
            lead.UpdatedAt,
            await LeadAddressReader.ReadAsync(connection, id, cancellationToken),
            messages,
            calls,
            conversations,
            await ConversationAudioReader.ReadAsync(connection, id, cancellationToken));
    }

    private static LeadListItem ReadLead(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetTextOrNull(1), row.GetTextOrNull(2), row.GetInt64(3), row.GetTimeOrNull(4)!.Value, row.GetTimeOrNull(5)!.Value);
}
