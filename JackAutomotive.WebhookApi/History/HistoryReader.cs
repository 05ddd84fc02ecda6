using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.History;

/// <summary>One change as our API shows it.</summary>
/// <param name="Id">Rises with each change; the value of <c>before</c> for the page after this entry.</param>
/// <param name="ChangedAt">When the change was made.</param>
/// <param name="Subject">What the field belongs to: profile, status or document.</param>
/// <param name="Field">The name of the field.</param>
/// <param name="OldValue">The value before; null if there was none.</param>
/// <param name="NewValue">The value after; null if there is none.</param>
/// <param name="ChangedBy">Who or what made the change: provider, extraction, rule, lead or person.</param>
/// <param name="Person">The name of the person's API key; null unless a person made the change.</param>
/// <param name="Reason">Why, in words; null if nobody gave a reason.</param>
/// <param name="ConversationId">The conversation in which the new value was stated; null if there is none.</param>
/// <param name="DeliveryId">The delivery that caused the change; null if a person or the passing of time caused it.</param>
internal sealed record HistoryItem(
    long Id,
    DateTimeOffset ChangedAt,
    string Subject,
    string Field,
    JsonElement? OldValue,
    JsonElement? NewValue,
    string ChangedBy,
    string? Person,
    string? Reason,
    string? ConversationId,
    long? DeliveryId);

/// <summary>Reads the history of a lead.</summary>
internal sealed class HistoryReader(NpgsqlDataSource database)
{
    private const string ExistsSql = "SELECT FROM leads WHERE id = $1";

    private const string ListSql = """
        SELECT id, changed_at, subject, field, old_value, new_value, changed_by, person, reason, conversation_id, delivery_id
        FROM lead_history WHERE lead_id = $1 AND ($2::bigint IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3
        """;

    /// <summary>Lists a lead's changes, newest first. Returns null if there is no such lead.</summary>
    public async Task<List<HistoryItem>?> ListAsync(LeadId lead, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var exists = new NpgsqlBatchCommand(ExistsSql);
        exists.Parameters.AddUuid(lead.Value);
        var list = new NpgsqlBatchCommand(ListSql);
        list.Parameters.AddUuid(lead.Value);
        list.Parameters.AddBigint(before);
        list.Parameters.AddInteger(limit);
        batch.BatchCommands.Add(exists);
        batch.BatchCommands.Add(list);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        await row.NextResultAsync(cancellationToken);
        var items = new List<HistoryItem>();
        while (await row.ReadAsync(cancellationToken))
        {
            items.Add(ReadItem(row));
        }

        return items;
    }

    private static HistoryItem ReadItem(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetFieldValue<DateTimeOffset>(1),
        row.GetString(2),
        row.GetString(3),
        ReadJson(row, 4),
        ReadJson(row, 5),
        row.GetString(6),
        row.GetTextOrNull(7),
        row.GetTextOrNull(8),
        row.GetTextOrNull(9),
        row.IsDBNull(10) ? null : row.GetInt64(10));

    private static JsonElement? ReadJson(NpgsqlDataReader row, int column) =>
        row.GetTextOrNull(column) is { } json ? JsonElement.Parse(json) : null;
}
