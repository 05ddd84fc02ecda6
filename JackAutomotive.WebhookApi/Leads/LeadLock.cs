using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Locks a lead's row, as appending an event does.</summary>
internal static class LeadLock
{
    private const string LockSql = "SELECT id FROM leads WHERE id = $1 FOR NO KEY UPDATE";

    /// <summary>Locks the lead until the unit of work ends. Returns false if there is no such lead.</summary>
    public static async Task<bool> TryTakeAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddUuid(lead.Value);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }
}
