using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Storage;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Erasure;

/// <summary>
/// Reads what identifies a lead everywhere, and deletes the rows of the lead. <see cref="LeadTables"/> lists the tables. The caller must hold the
/// lead's lock.
/// </summary>
internal static class ErasureStore
{
    private const string RecordingsSql = "SELECT recording_sid FROM recordings WHERE call_sid = ANY ($1)";

    private const string AudioSql = "SELECT object_hash FROM conversation_audio WHERE lead_id = $1 OR conversation_id = ANY ($2)";

    private const string AddressesSql = "SELECT kind, address FROM lead_addresses WHERE lead_id = $1";

    private const string SendersSql = "SELECT DISTINCT sender FROM messages WHERE lead_id = $1 AND sender IS NOT NULL";

    // The newest entry about all contact decides, as in the ledger of consent.
    private const string HasOptedOutSql = """
        SELECT coalesce((
            SELECT change = 'opt_out' FROM consent_entries
            WHERE lead_id = $1 OR (kind, address) IN (SELECT kind, address FROM lead_addresses WHERE lead_id = $1)
            ORDER BY said_at DESC, id DESC LIMIT 1), false)
        """;

    private const string DeliveriesSql = """
        SELECT delivery_id FROM opt_out_detections WHERE lead_id = $1 AND delivery_id IS NOT NULL
        UNION
        SELECT delivery_id FROM analysis_queue WHERE lead_id = $1 AND delivery_id IS NOT NULL
        """;

    private const string DeleteStatesSql = "DELETE FROM message_states WHERE message_sid = ANY ($1)";

    private const string DeleteAudioSql = "DELETE FROM conversation_audio WHERE lead_id IS NULL AND conversation_id = ANY ($1)";

    private const string DeleteUndeliverableSql = """
        DELETE FROM undeliverable_addresses
        WHERE (kind, address) IN (SELECT kind, address FROM lead_addresses WHERE lead_id = $1)
        """;

    private const string DeleteLeadSql = "DELETE FROM leads WHERE id = $1";

    // Each statement removes the lead from the contradictions of other leads' contacts.
    private static readonly string[] s_contradicted = ["conversations", "live_conversations", "calls"];

    private const string RecordSql = """
        INSERT INTO erasures (id, lead_id, merged_ids, erased_by, erased_at, row_counts) VALUES ($1, $2, $3, $4, $5, $6)
        """;

    public static Task<List<ChannelAddress>> ReadAddressesAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        ReadAsync(work, AddressesSql, lead, row => ChannelAddress.FromParts(row.GetString(0), row.GetString(1)), cancellationToken);

    public static Task<List<string>> ReadSendersAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        ReadAsync(work, SendersSql, lead, row => row.GetString(0), cancellationToken);

    public static Task<List<long>> ReadDeliveriesAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        ReadAsync(work, DeliveriesSql, lead, row => row.GetInt64(0), cancellationToken);

    public static async Task<bool> HasOptedOutAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        (await ReadAsync(work, HasOptedOutSql, lead, row => row.GetBoolean(0), cancellationToken)).Single();

    /// <summary>Returns the providers' ids of everything that belongs to the lead, and of contacts without a lead that have an address of it.</summary>
    public static async Task<HashSet<string>> ReadProviderIdsAsync(
        UnitOfWork work,
        LeadId lead,
        string[] addresses,
        CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in LeadTables.All.Where(table => table.ProviderIds.Length > 0))
        {
            await using var command = work.CreateCommand(
                $"""
                SELECT DISTINCT provider_id
                FROM {table.Name} CROSS JOIN LATERAL unnest(ARRAY[{string.Join(", ", table.ProviderIds)}]) AS found (provider_id)
                WHERE ({FindRows(table)}) AND provider_id IS NOT NULL
                """);
            command.Parameters.AddUuid(lead.Value);
            command.Parameters.AddArray(addresses, NpgsqlDbType.Text);
            ids.UnionWith(await command.ReadAllAsync(row => row.GetString(0), cancellationToken));
        }

        await using var recordings = work.CreateCommand(RecordingsSql);
        recordings.Parameters.AddArray(ids.ToArray(), NpgsqlDbType.Text);
        ids.UnionWith(await recordings.ReadAllAsync(row => row.GetString(0), cancellationToken));
        return ids;
    }

    /// <summary>Returns the objects with the audio of the lead's conversations.</summary>
    public static async Task<IReadOnlyList<ObjectName>> ReadAudioAsync(
        UnitOfWork work,
        LeadId lead,
        string[] providerIds,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AudioSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddArray(providerIds, NpgsqlDbType.Text);
        return await command.ReadAllAsync(row => ObjectName.FromHash(row.GetFieldValue<byte[]>(0)), cancellationToken);
    }

    /// <summary>Deletes the rows of the lead, and rows without a lead that have one of its addresses. Returns the numbers of rows by table.</summary>
    public static async Task<SortedDictionary<string, int>> DeleteAsync(
        UnitOfWork work,
        LeadId lead,
        string[] addresses,
        string[] providerIds,
        CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await using var undeliverable = work.CreateCommand(DeleteUndeliverableSql);
        undeliverable.Parameters.AddUuid(lead.Value);
        counts["undeliverable_addresses"] = await undeliverable.ExecuteNonQueryAsync(cancellationToken);
        foreach (var table in LeadTables.All)
        {
            await using var command = work.CreateCommand($"DELETE FROM {table.Name} WHERE {FindRows(table)}");
            command.Parameters.AddUuid(lead.Value);
            command.Parameters.AddArray(addresses, NpgsqlDbType.Text);
            counts[table.Name] = await command.ExecuteNonQueryAsync(cancellationToken);
        }

        counts["message_states"] = await ExecuteAsync(work, DeleteStatesSql, providerIds, cancellationToken);
        counts["conversation_audio"] += await ExecuteAsync(work, DeleteAudioSql, providerIds, cancellationToken);
        await using var delete = work.CreateCommand(DeleteLeadSql);
        delete.Parameters.AddUuid(lead.Value);
        counts["leads"] = await delete.ExecuteNonQueryAsync(cancellationToken);
        return counts;
    }

    /// <summary>Removes erased leads from the contradictions of other leads' calls and conversations.</summary>
    public static async Task ForgetContradictionsAsync(UnitOfWork work, string[] leads, CancellationToken cancellationToken)
    {
        foreach (var table in s_contradicted)
        {
            await ExecuteAsync(
                work,
                $"""
                UPDATE {table} SET contradictions = (
                    SELECT jsonb_agg(other) FROM jsonb_array_elements(contradictions) AS other WHERE other->>'leadId' <> ALL ($1))
                WHERE contradictions IS NOT NULL
                    AND EXISTS (SELECT FROM jsonb_array_elements(contradictions) AS other WHERE other->>'leadId' = ANY ($1))
                """,
                leads,
                cancellationToken);
        }
    }

    /// <summary>Records who erased the lead, when, and how many rows.</summary>
    public static async Task RecordAsync(
        UnitOfWork work,
        ErasureDetails details,
        Guid[] mergedLeads,
        CancellationToken cancellationToken)
    {
        var counts = details.Rows.Select(count => string.Create(CultureInfo.InvariantCulture, $"\"{count.Key}\":{count.Value}"));
        await using var command = work.CreateCommand(RecordSql);
        command.Parameters.AddUuid(Guid.CreateVersion7(details.ErasedAt));
        command.Parameters.AddUuid(details.LeadId);
        command.Parameters.AddArray(mergedLeads, NpgsqlDbType.Uuid);
        command.Parameters.AddText(details.ErasedBy);
        command.Parameters.AddTimestamp(details.ErasedAt);
        command.Parameters.AddJsonb($"{{{string.Join(',', counts)}}}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // $1 is the lead, $2 are its addresses.
    private static string FindRows(LeadTable table)
    {
        var hasAddress = string.Join(" OR ", table.Addresses.Select(column => $"{column} = ANY ($2)"));
        return hasAddress.Length == 0
            ? $"{table.Column} = $1 AND $2 IS NOT NULL"
            : $"{table.Column} = $1 OR ({table.Column} IS NULL AND ({hasAddress}))";
    }

    private static async Task<List<T>> ReadAsync<T>(
        UnitOfWork work,
        string sql,
        LeadId lead,
        Func<Npgsql.NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddUuid(lead.Value);
        return await command.ReadAllAsync(read, cancellationToken);
    }

    private static async Task<int> ExecuteAsync(UnitOfWork work, string sql, string[] values, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddArray(values, NpgsqlDbType.Text);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
