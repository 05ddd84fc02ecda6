using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary>An action item.</summary>
/// <param name="Id">The id.</param>
/// <param name="LeadId">The lead.</param>
/// <param name="AnalysisId">The analysis that found the item.</param>
/// <param name="Channel">voice, sms, whatsapp and others.</param>
/// <param name="ConversationId">The conversation of a call; null for texts.</param>
/// <param name="MessageSid">The text that states the item; null for a call.</param>
/// <param name="Turn">The turn that states the item.</param>
/// <param name="Text">What is to be done.</param>
/// <param name="Owner">Who has to act: customer or staff.</param>
/// <param name="DueAt">When the item is due, in the customer's time zone; null if no time was said.</param>
/// <param name="Evidence">Where the words stand in the turn.</param>
/// <param name="State">open, done or withdrawn.</param>
/// <param name="SnoozedUntil">The time until which a person lets the item rest.</param>
/// <param name="IsOverdue">Whether the item is open, does not rest, and was due before now. Computed when it is read.</param>
/// <param name="EditedBy">The name of the API key that last changed the item.</param>
/// <param name="EditedAt">When a person last changed the item.</param>
/// <param name="CreatedAt">When the item was found.</param>
/// <param name="UpdatedAt">When the item last changed.</param>
internal sealed record ActionItemDetails(
    Guid Id,
    Guid LeadId,
    Guid AnalysisId,
    string Channel,
    string? ConversationId,
    string? MessageSid,
    int Turn,
    string Text,
    string Owner,
    DateTimeOffset? DueAt,
    JsonElement Evidence,
    string State,
    DateTimeOffset? SnoozedUntil,
    bool IsOverdue,
    string? EditedBy,
    DateTimeOffset? EditedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>Reads action items for our own API.</summary>
internal sealed class ActionItemReader(NpgsqlDataSource database, TimeProvider time)
{
    private const string Sql = """
        SELECT item.id, item.lead_id, item.analysis_id, coalesce(text.channel, 'voice'), analysis.subject, item.message_sid, item.turn, item.text, item.owner,
            item.due_at, item.due_offset, item.evidence::text, item.state, item.snoozed_until, item.edited_by, item.edited_at,
            item.created_at, item.updated_at
        FROM action_items AS item
        JOIN conversation_analyses AS analysis ON analysis.id = item.analysis_id
        LEFT JOIN messages AS text ON text.message_sid = item.message_sid
        """;

    // Newest first.
    private const string OfLeadSql = $"""
        {Sql}
        WHERE item.lead_id = $1 AND ($2::text IS NULL OR item.state = $2)
            AND ($3::uuid IS NULL OR (item.created_at, item.id) < (SELECT created_at, id FROM action_items WHERE id = $3))
        ORDER BY item.created_at DESC, item.id DESC LIMIT $4
        """;

    private const string FindSql = $"{Sql} WHERE item.id = $1";

    /// <summary>Lists a lead's items, newest first.</summary>
    /// <param name="lead">The lead.</param>
    /// <param name="state">If not null, only items in this state are listed.</param>
    /// <param name="before">If not null, only items older than this item are listed.</param>
    /// <param name="limit">The maximum number of items.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<List<ActionItemDetails>> ListAsync(LeadId lead, string? state, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OfLeadSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(state);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadItem, cancellationToken);
    }

    /// <summary>Finds an item. Returns null if there is none.</summary>
    public async Task<ActionItemDetails?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.AddUuid(id);
        return (await command.ReadAllAsync(ReadItem, cancellationToken)).SingleOrDefault();
    }

    private ActionItemDetails ReadItem(NpgsqlDataReader row)
    {
        var dueAt = row.GetTimeOrNull(9);
        var (state, snoozedUntil, now) = (row.GetString(12), row.GetTimeOrNull(13), time.GetUtcNow());
        using var evidence = JsonDocument.Parse(row.GetString(11));
        return new ActionItemDetails(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetString(3),
            row.IsDBNull(5) ? row.GetString(4) : null,
            row.GetTextOrNull(5),
            row.GetInt32(6),
            row.GetString(7),
            row.GetString(8),
            dueAt?.ToOffset(row.GetFieldValue<TimeSpan>(10)),
            evidence.RootElement.Clone(),
            state,
            snoozedUntil,
            IsOverdue: state == "open" && dueAt < now && !(snoozedUntil > now),
            row.GetTextOrNull(14),
            row.GetTimeOrNull(15),
            row.GetTimeOrNull(16)!.Value,
            row.GetTimeOrNull(17)!.Value);
    }
}
