using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>Reads the end of a lead's log, and erases logs.</summary>
internal static class LeadLogs
{
    private const string NewestSql = "SELECT type, data::text FROM lead_events WHERE lead_id = $1 ORDER BY seq DESC LIMIT $2";

    private const string DeliveriesSql =
        "SELECT DISTINCT delivery_id FROM lead_events WHERE lead_id = ANY ($1) AND delivery_id IS NOT NULL";

    private const string TextsSql =
        "SELECT DISTINCT data->>'messageSid' FROM lead_events WHERE lead_id = ANY ($1) AND type = 'message_status'";

    // The outbox rows of the events go with them.
    private const string EraseSql = "DELETE FROM lead_events WHERE lead_id = ANY ($1)";

    /// <summary>Returns the newest events of a lead's log, newest first.</summary>
    public static async Task<IReadOnlyList<(string Type, string Data)>> ReadNewestAsync(
        UnitOfWork work,
        LeadId lead,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(NewestSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(row => (row.GetString(0), row.GetString(1)), cancellationToken);
    }

    /// <summary>Returns the deliveries that caused the events of these leads.</summary>
    public static async Task<IReadOnlyList<long>> FindDeliveriesAsync(UnitOfWork work, Guid[] leads, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(DeliveriesSql);
        command.Parameters.AddArray(leads, NpgsqlDbType.Uuid);
        return await command.ReadAllAsync(row => row.GetInt64(0), cancellationToken);
    }

    /// <summary>Returns the MessageSids of the texts whose statuses are in these logs. The text itself may not be stored.</summary>
    public static async Task<IReadOnlyList<string>> FindTextsAsync(UnitOfWork work, Guid[] leads, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(TextsSql);
        command.Parameters.AddArray(leads, NpgsqlDbType.Uuid);
        return await command.ReadAllAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>Deletes the logs of these leads. Returns the number of events.</summary>
    public static async Task<int> EraseAsync(UnitOfWork work, Guid[] leads, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(EraseSql);
        command.Parameters.AddArray(leads, NpgsqlDbType.Uuid);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
