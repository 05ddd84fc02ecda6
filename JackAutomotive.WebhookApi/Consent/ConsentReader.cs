using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>How a lead may be contacted, and why.</summary>
/// <param name="MayText">Whether texts may go out.</param>
/// <param name="MayCall">Whether calls may go out.</param>
/// <param name="Entries">What was said, newest first.</param>
internal sealed record ConsentDetails(bool MayText, bool MayCall, IReadOnlyList<ConsentEntryDetails> Entries);

/// <summary>An entry of the ledger.</summary>
internal sealed record ConsentEntryDetails(
    Guid Id,
    string Change,
    string Scope,
    string SaidBy,
    string Source,
    string? Channel,
    string? Address,
    string? Words,
    DateTimeOffset SaidAt,
    long? DeliveryId,
    string? RecordedBy);

/// <summary>Reads the ledger of a lead for our own API.</summary>
internal sealed class ConsentReader(NpgsqlDataSource database)
{
    /// <summary>The maximum number of entries that are shown.</summary>
    internal const int MaxEntries = 200;

    private const string LeadSql = "SELECT FROM leads WHERE id = $1";

    private const string EntriesSql = """
        SELECT id, change, scope, said_by, source, channel, kind, address, words, said_at, delivery_id, recorded_by
        FROM consent_entries WHERE id IN (
            SELECT id FROM consent_entries WHERE lead_id = $1
            UNION ALL SELECT entry.id FROM lead_addresses JOIN consent_entries AS entry USING (kind, address) WHERE lead_addresses.lead_id = $1)
        ORDER BY said_at DESC, id DESC LIMIT $2
        """;

    /// <summary>Reads the ledger of a lead. Returns null if there is no such lead.</summary>
    public async Task<ConsentDetails?> FindAsync(LeadId lead, CancellationToken cancellationToken)
    {
        await using var find = database.CreateCommand(LeadSql);
        find.Parameters.AddUuid(lead.Value);
        if (await find.ReadAllAsync(_ => true, cancellationToken) is [])
        {
            return null;
        }

        var state = await ConsentLedger.ReadStateAsync(database.CreateCommand, lead, null, cancellationToken);
        await using var command = database.CreateCommand(EntriesSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxEntries);
        return new ConsentDetails(state.MayText, state.MayCall, await command.ReadAllAsync(ReadEntry, cancellationToken));
    }

    private static ConsentEntryDetails ReadEntry(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.GetTextOrNull(5),
        row.IsDBNull(6) ? null : ChannelAddress.FromParts(row.GetString(6), row.GetString(7)).Text,
        row.GetTextOrNull(8),
        row.GetFieldValue<DateTimeOffset>(9),
        row.IsDBNull(10) ? null : row.GetInt64(10),
        row.GetTextOrNull(11));
}
