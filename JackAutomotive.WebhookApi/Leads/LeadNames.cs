using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Stores the names of leads, which follow from their profiles.</summary>
internal static class LeadNames
{
    private const string SetSql = "UPDATE leads SET name = $2 WHERE id = $1";

    /// <summary>Sets a lead's name; null removes it.</summary>
    public static async Task SetAsync(UnitOfWork work, LeadId lead, string? name, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SetSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
