using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Stores the names of leads, which follow from their profiles.</summary>
internal static class LeadNames
{
    private const string SetSql = "UPDATE leads SET name = $2 WHERE id = $1";

    /// <summary>Adds the command that sets a lead's name; null removes it.</summary>
    public static void Set(NpgsqlBatch batch, LeadId lead, string? name)
    {
        var command = new NpgsqlBatchCommand(SetSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(name);
        batch.BatchCommands.Add(command);
    }
}
