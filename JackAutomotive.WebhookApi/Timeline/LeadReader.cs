using System.Data;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using JackAutomotive.WebhookApi.Timeline.Assignment;
using JackAutomotive.WebhookApi.Timeline.Labels;
using JackAutomotive.WebhookApi.Timeline.List;
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

    /// <summary>The labels, in alphabetical order.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Who looks after the lead; null if nobody does.</summary>
    public AssigneeDetails? Assignee { get; init; }
}

/// <summary>Reads leads for our own API.</summary>
internal sealed class LeadReader(NpgsqlDataSource database)
{
    private const string FindSql = "SELECT id, phone, name, last_seq, created_at, updated_at FROM leads WHERE id = $1";

    /// <summary>Returns the lead into which a lead was merged; null if the lead exists, or if there is none.</summary>
    public async Task<LeadId?> FindMergedIntoAsync(LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT current_lead($1)");
        command.Parameters.AddUuid(lead.Value);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid current && current != lead.Value ? new LeadId(current) : null;
    }

    /// <summary>Lists leads, each with the value that decides its place in the list.</summary>
    public async Task<IReadOnlyList<(ListedLead Lead, string? Value)>> ListAsync(LeadQuery query, CancellationToken cancellationToken)
    {
        await using var command = query.CreateCommand(database);
        return await command.ReadAllAsync(ReadListed, cancellationToken);
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
            await ConversationAudioReader.ReadAsync(connection, id, cancellationToken))
        {
            Labels = await LabelStore.ReadAsync(sql => new NpgsqlCommand(sql, connection), id, cancellationToken),
            Assignee = await AssignmentStore.FindAsync(sql => new NpgsqlCommand(sql, connection), id, cancellationToken),
        };
    }

    private static (ListedLead Lead, string? Value) ReadListed(NpgsqlDataReader row)
    {
        var assignee = row.IsDBNull(9) ? null : new ListedAssignee(row.GetGuid(9), row.GetString(10));
        return (
            new ListedLead(
                row.GetGuid(0),
                row.GetTextOrNull(1),
                row.GetTextOrNull(2),
                row.GetInt64(3),
                row.GetTimeOrNull(4)!.Value,
                row.GetTimeOrNull(5)!.Value,
                row.GetTimeOrNull(6),
                row.GetBoolean(7),
                row.GetFieldValue<string[]>(8),
                assignee,
                row.GetString(11),
                row.IsDBNull(12) ? null : row.GetInt32(12),
                row.GetTextOrNull(13)),
            row.GetTextOrNull(14));
    }

    private static LeadListItem ReadLead(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetTextOrNull(1), row.GetTextOrNull(2), row.GetInt64(3), row.GetTimeOrNull(4)!.Value, row.GetTimeOrNull(5)!.Value);
}
