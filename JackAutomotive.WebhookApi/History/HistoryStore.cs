using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.History;

/// <summary>One change of one field of a lead.</summary>
/// <param name="Subject">What the field belongs to: profile, status or document.</param>
/// <param name="Field">The name of the field.</param>
/// <param name="OldValue">The value before, as JSON; null if there was none.</param>
/// <param name="NewValue">The value after, as JSON; null if there is none.</param>
/// <param name="ChangedBy">Who or what made the change: provider, extraction, rule, lead or person.</param>
/// <param name="Person">The name of the person's API key; null unless a person made the change.</param>
/// <param name="Reason">Why, in words; null if nobody gave a reason.</param>
/// <param name="ConversationId">The conversation in which the new value was stated; null if there is none.</param>
internal sealed record HistoryEntry(
    string Subject,
    string Field,
    string? OldValue,
    string? NewValue,
    string ChangedBy,
    string? Person,
    string? Reason,
    string? ConversationId);

/// <summary>Stores who or what changed which field of a lead, when and why.</summary>
internal sealed class HistoryStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO lead_history (
            lead_id, changed_at, subject, field, old_value, new_value, changed_by, person, reason, conversation_id, delivery_id)
        SELECT $1, $2, entry.subject, entry.field, entry.old_value::jsonb, entry.new_value::jsonb, entry.changed_by, entry.person,
            entry.reason, entry.conversation_id, $3
        FROM unnest($4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
            AS entry (subject, field, old_value, new_value, changed_by, person, reason, conversation_id, number)
        ORDER BY entry.number
        """;

    /// <summary>Adds entries to a lead's history, with the delivery that causes the unit of work.</summary>
    public Task AddAsync(UnitOfWork work, LeadId lead, IReadOnlyList<HistoryEntry> entries, CancellationToken cancellationToken) =>
        AddAsync(work, lead, entries, work.DeliveryId, cancellationToken);

    /// <summary>Adds entries to a lead's history, with the delivery that caused them; null if no delivery did.</summary>
    public async Task AddAsync(
        UnitOfWork work,
        LeadId lead,
        IReadOnlyList<HistoryEntry> entries,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        if (entries.Count > 0)
        {
            await using var batch = work.CreateBatch();
            Add(batch, lead, entries, deliveryId);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Adds the command that adds entries to a lead's history.</summary>
    public void Add(NpgsqlBatch batch, LeadId lead, IReadOnlyList<HistoryEntry> entries, long? deliveryId)
    {
        var command = new NpgsqlBatchCommand(AddSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddBigint(deliveryId);
        AddColumn(command, entries, entry => entry.Subject);
        AddColumn(command, entries, entry => entry.Field);
        AddColumn(command, entries, entry => entry.OldValue);
        AddColumn(command, entries, entry => entry.NewValue);
        AddColumn(command, entries, entry => entry.ChangedBy);
        AddColumn(command, entries, entry => entry.Person);
        AddColumn(command, entries, entry => entry.Reason);
        AddColumn(command, entries, entry => entry.ConversationId);
        batch.BatchCommands.Add(command);
    }

    private static void AddColumn(NpgsqlBatchCommand command, IReadOnlyList<HistoryEntry> entries, Func<HistoryEntry, string?> column) =>
        command.Parameters.AddArray(entries.Select(column).ToArray(), NpgsqlDbType.Text);
}
