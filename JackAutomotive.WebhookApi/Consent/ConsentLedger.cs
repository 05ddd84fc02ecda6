using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>
/// Stores who said what about contact. Entries are only added; the state of a person follows from all entries of the lead and of the lead's
/// addresses.
/// </summary>
internal sealed class ConsentLedger(IEnumerable<IConsentListener> listeners, TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO consent_entries (
            id, lead_id, kind, address, change, scope, said_by, source, source_key, channel, words, said_at, delivery_id, recorded_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (source_key) DO NOTHING
        """;

    private const string FactsSql = """
        SELECT change = 'opt_out', scope, said_by, source, said_at FROM consent_entries WHERE id IN (
            SELECT id FROM consent_entries WHERE lead_id = $1
            UNION ALL SELECT entry.id FROM lead_addresses JOIN consent_entries AS entry USING (kind, address) WHERE lead_addresses.lead_id = $1
            UNION ALL SELECT id FROM consent_entries WHERE kind = $2 AND address = $3)
        """;

    private const string MainAddressSql = """
        SELECT kind, address FROM lead_addresses WHERE lead_id = $1 ORDER BY is_claimed, kind <> 'phone', created_at, address LIMIT 1
        """;

    private const int MaxWords = 500;

    /// <summary>
    /// Adds an entry, unless what was said is in the ledger already. If the entry changes how the person may be contacted, the method raises
    /// <c>consent_changed</c> and tells the listeners.
    /// </summary>
    /// <returns>The id of the entry; null if nothing was added.</returns>
    public async Task<Guid?> AddAsync(UnitOfWork work, ConsentEntry entry, CancellationToken cancellationToken)
    {
        var lead = entry.Lead ?? (entry.Address is { } known ? await LeadStore.FindAsync(work, known, cancellationToken) : null);
        if (lead is { } locked)
        {
            await LeadStore.LockAsync(work, locked, cancellationToken);
        }

        // The address outlives the lead, so that a person who comes again is still opted out.
        var address = entry.Address ?? await FindMainAddressAsync(work, lead, cancellationToken);
        var before = await ReadStateAsync(work.CreateCommand, lead, address, cancellationToken);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        if (!await TryInsertAsync(work, id, entry with { Lead = lead, Address = address }, cancellationToken))
        {
            return null;
        }

        var after = await ReadStateAsync(work.CreateCommand, lead, address, cancellationToken);
        if (!after.AllowsSameAs(before))
        {
            if (lead is { } changed)
            {
                Raise(work, changed, id, entry, after);
            }

            var change = new ConsentChange(id, lead, address, after.MayText, after.MayCall, entry.Source);
            foreach (var listener in listeners)
            {
                await listener.OnChangedAsync(work, change, cancellationToken);
            }
        }

        return id;
    }

    /// <summary>Reads how a person may be contacted.</summary>
    /// <param name="createCommand">Creates commands, inside or outside a transaction.</param>
    /// <param name="lead">The lead; null if there is none.</param>
    /// <param name="address">Another address; null if there is none besides those of the lead.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<ConsentState> ReadStateAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId? lead,
        ChannelAddress? address,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(FactsSql);
        command.Parameters.AddUuid(lead?.Value);
        command.Parameters.AddText(address?.Kind);
        command.Parameters.AddText(address?.Address);
        return ConsentState.FromEntries(await command.ReadAllAsync(
            row => new ConsentFact(
                row.GetBoolean(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)),
            cancellationToken));
    }

    private static async Task<ChannelAddress?> FindMainAddressAsync(UnitOfWork work, LeadId? lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(MainAddressSql);
        command.Parameters.AddUuid(lead?.Value);
        var found = await command.ReadAllAsync(row => ChannelAddress.FromParts(row.GetString(0), row.GetString(1)), cancellationToken);
        return found is [var address] ? address : null;
    }

    private async Task<bool> TryInsertAsync(UnitOfWork work, Guid id, ConsentEntry entry, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddUuid(id);
        command.Parameters.AddUuid(entry.Lead?.Value);
        command.Parameters.AddText(entry.Address?.Kind);
        command.Parameters.AddText(entry.Address?.Address);
        command.Parameters.AddText(NameOf(entry.IsOptOut));
        command.Parameters.AddText(entry.Scope);
        command.Parameters.AddText(entry.SaidBy);
        command.Parameters.AddText(entry.Source);
        command.Parameters.AddText(entry.SourceKey);
        command.Parameters.AddText(entry.Channel);
        command.Parameters.AddText(Shorten(entry.Words));
        command.Parameters.AddTimestamp(entry.SaidAt);
        command.Parameters.AddBigint(entry.DeliveryId);
        command.Parameters.AddText(entry.RecordedBy);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static void Raise(UnitOfWork work, LeadId lead, Guid id, ConsentEntry entry, ConsentState state) =>
        work.Raise(lead, LeadEventTypes.ConsentChanged, entry.SaidAt, new
        {
            EntryId = id,
            Change = NameOf(entry.IsOptOut),
            entry.Scope,
            state.MayText,
            state.MayCall,
            entry.SaidBy,
            entry.Source,
            entry.Channel,
            Words = Shorten(entry.Words),
            entry.DeliveryId,
        });

    private static string NameOf(bool isOptOut) => isOptOut ? "opt_out" : "opt_in";

    private static string? Shorten(string? words) =>
        words is { Length: > MaxWords } ? words[..(char.IsHighSurrogate(words[MaxWords - 1]) ? MaxWords - 1 : MaxWords)] : words;
}
