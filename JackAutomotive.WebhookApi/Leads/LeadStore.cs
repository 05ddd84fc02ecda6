using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Finds and creates leads. A lead is known by its addresses; each address belongs to one lead.</summary>
internal sealed class LeadStore(TimeProvider time)
{
    private const string ExistsSql = "SELECT FROM leads WHERE id = $1";

    private const string LockSql = "SELECT FROM leads WHERE id = $1 FOR NO KEY UPDATE";

    private const string FindSql = "SELECT lead_id, is_claimed FROM lead_addresses WHERE kind = $1 AND address = $2";

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

    public static async Task<bool> ExistsAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ExistsSql);
        command.Parameters.AddUuid(lead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken);
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

    private static async Task ConfirmAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
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
