using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.Labels;

/// <summary>A label with the number of leads that have it.</summary>
internal sealed record LabelCount(string Label, long Leads);

/// <summary>Stores the labels of leads.</summary>
internal sealed class LabelStore(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How many labels a lead may have.</summary>
    public const int MaxLabels = 50;

    private const string AddSql = """
        INSERT INTO lead_labels (lead_id, label, added_by, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
        """;

    private const string RemoveSql = "DELETE FROM lead_labels WHERE lead_id = $1 AND label = $2";

    private const string ReadSql = "SELECT label FROM lead_labels WHERE lead_id = $1 ORDER BY label";

    private const string CountSql = "SELECT label, count(*) FROM lead_labels GROUP BY label ORDER BY label LIMIT 1000";

    /// <summary>Reads the labels of a lead, in alphabetical order.</summary>
    public static async Task<List<string>> ReadAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(ReadSql);
        command.Parameters.AddUuid(lead.Value);
        return await command.ReadAllAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>Counts the leads of every label.</summary>
    public async Task<List<LabelCount>> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CountSql);
        return await command.ReadAllAsync(row => new LabelCount(row.GetString(0), row.GetInt64(1)), cancellationToken);
    }

    /// <summary>
    /// Gives a lead a label or takes it away, and raises an event if that changes anything. The caller must hold the lead's lock.
    /// </summary>
    /// <returns>The labels of the lead; null if the lead would have too many.</returns>
    public async Task<List<string>?> ChangeAsync(
        UnitOfWork work,
        LeadId lead,
        string label,
        bool isAdded,
        string person,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var change = work.CreateCommand(isAdded ? AddSql : RemoveSql);
        change.Parameters.AddUuid(lead.Value);
        change.Parameters.AddText(label);
        if (isAdded)
        {
            change.Parameters.AddText(person);
            change.Parameters.AddTimestamp(now);
        }

        var changedRows = await change.ExecuteNonQueryAsync(cancellationToken);
        var labels = await ReadAsync(work.CreateCommand, lead, cancellationToken);
        if (isAdded && labels.Count > MaxLabels)
        {
            return null;
        }

        if (changedRows > 0)
        {
            work.Raise(lead, LeadEventTypes.LabelsChanged, now, new
            {
                Added = isAdded ? label : null,
                Removed = isAdded ? null : label,
                Labels = labels,
                ChangedBy = person,
            });
        }

        return labels;
    }
}
