using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Finds and creates leads. A lead is known by its addresses; each address belongs to one lead.</summary>
internal sealed class LeadStore(ErasedContacts erased, TimeProvider time)
{
    private const string FindCurrentSql = "SELECT current_lead($1)";

    private const string LockSql = "SELECT FROM leads WHERE id = $1 FOR NO KEY UPDATE";

    private const string FindSql = "SELECT lead_id, is_claimed FROM lead_addresses WHERE kind = $1 AND address = $2";

    // The owner of the address comes first.
    private const string FindAllSql = """
        SELECT lead_id, is_claimed FROM lead_addresses WHERE kind = $1 AND address = $2
        UNION ALL
        SELECT lead_id, false FROM shared_addresses WHERE kind = $1 AND address = $2
        """;

    private const string ShareSql = """
        INSERT INTO shared_addresses (kind, address, lead_id, created_at)
        SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM lead_addresses WHERE kind = $1 AND address = $2 AND lead_id <> $3)
        ON CONFLICT DO NOTHING
        """;

    private const string CreateSql = "INSERT INTO leads (id, created_at, updated_at) VALUES ($1, $2, $2)";

    // The address comes first, so that of several transactions with the same new address only one creates a lead.
    private const string CreateWithAddressSql = """
        WITH new_address AS (
            INSERT INTO lead_addresses (kind, address, lead_id, is_claimed, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, address) DO NOTHING
            RETURNING lead_id)
        INSERT INTO leads (id, phone, created_at, updated_at) SELECT lead_id, $6, $5, $5 FROM new_address
        RETURNING id
        """;

    private const string AddAddressSql = """
        WITH new_address AS (
            INSERT INTO lead_addresses (kind, address, lead_id, is_claimed, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, address) DO NOTHING
            RETURNING lead_id)
        UPDATE leads SET phone = $6 FROM new_address WHERE id = new_address.lead_id AND phone IS NULL AND $6 IS NOT NULL
        """;

    private const string ConfirmSql = "UPDATE lead_addresses SET is_claimed = false WHERE kind = $1 AND address = $2";

    /// <summary>
    /// Finds the lead that a lead id stands for: the lead itself, or the lead into which it was merged. Returns null if there is none.
    /// </summary>
    public static async Task<LeadId?> FindCurrentAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindCurrentSql);
        command.Parameters.AddUuid(lead.Value);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid current ? new LeadId(current) : null;
    }

    /// <summary>Finds the leads that use this address: usually one or none, several if people share the address.</summary>
    /// <returns>The leads, and whether the address is only claimed.</returns>
    public static async Task<(IReadOnlyList<LeadId> Leads, bool IsClaimed)> FindAllAsync(
        UnitOfWork work,
        ChannelAddress address,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindAllSql);
        AddAddress(command, address);
        var found = await command.ReadAllAsync(row => (Lead: new LeadId(row.GetGuid(0)), IsClaimed: row.GetBoolean(1)), cancellationToken);
        return ([.. found.Select(use => use.Lead).Distinct()], found.Any(use => use.IsClaimed));
    }

    /// <summary>Records that a lead uses an address of another lead. The method does nothing if the address is nobody's or the lead's own.</summary>
    public async Task ShareAddressAsync(UnitOfWork work, LeadId lead, ChannelAddress address, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ShareSql);
        AddAddress(command, address);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks the lead's row until the commit, as every commit with events of the lead does.</summary>
    public static async Task LockAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddUuid(lead.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Finds the lead with this address. Returns null if there is none.</summary>
    public static async Task<LeadId?> FindAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
    {
        var (lead, _) = await ReadAsync(work, address, cancellationToken);
        return lead;
    }

    /// <summary>
    /// Finds the lead with this address, or creates it. If several transactions look for the same new address at once, one of them
    /// creates the lead.
    /// </summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="address">The address.</param>
    /// <param name="isClaimed">Whether the lead only said that the address is theirs. A later use by a provider confirms it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ErasedDataException">The address belonged to a lead that was erased after the delivery had been received.</exception>
    public async Task<(LeadId Lead, bool IsNew)> FindOrCreateAsync(
        UnitOfWork work,
        ChannelAddress address,
        bool isClaimed,
        CancellationToken cancellationToken)
    {
        // A second round finds the lead that another transaction has created between the search and the insert. A third round is necessary
        // only if that lead is deleted in between.
        while (true)
        {
            if (await ReadAsync(work, address, cancellationToken) is ({ } found, var wasClaimed))
            {
                if (wasClaimed && !isClaimed)
                {
                    await ConfirmAsync(work, address, cancellationToken);
                }

                return (found, false);
            }

            await erased.RejectOldDeliveryAsync(work, address, cancellationToken);
            await using var create = work.CreateCommand(CreateWithAddressSql);
            AddNewAddress(create, address, LeadId.New(time), isClaimed);
            if (await create.ExecuteScalarAsync(cancellationToken) is Guid created)
            {
                return (new LeadId(created), true);
            }
        }
    }

    /// <summary>Creates a lead without an address.</summary>
    public async Task<LeadId> CreateAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        var lead = LeadId.New(time);
        await using var command = work.CreateCommand(CreateSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
        return lead;
    }

    /// <summary>Gives a lead another address. The method does nothing if the address already belongs to a lead.</summary>
    public async Task AddAddressAsync(UnitOfWork work, LeadId lead, ChannelAddress address, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddAddressSql);
        AddNewAddress(command, address, lead, isClaimed: false);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<(LeadId? Lead, bool IsClaimed)> ReadAsync(
        UnitOfWork work,
        ChannelAddress address,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindSql);
        AddAddress(command, address);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (new LeadId(row.GetGuid(0)), row.GetBoolean(1)) : (null, false);
    }

    /// <summary>Records that a provider has confirmed an address that was only claimed.</summary>
    public static async Task ConfirmAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ConfirmSql);
        AddAddress(command, address);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddAddress(NpgsqlCommand command, ChannelAddress address)
    {
        command.Parameters.AddText(address.Kind);
        command.Parameters.AddText(address.Address);
    }

    private void AddNewAddress(NpgsqlCommand command, ChannelAddress address, LeadId lead, bool isClaimed)
    {
        AddAddress(command, address);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = isClaimed });
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(address.Phone?.Value);
    }
}
