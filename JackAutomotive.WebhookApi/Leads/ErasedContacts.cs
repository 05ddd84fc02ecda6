using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>
/// Remembers the addresses and the contacts of erased leads, without personal data: addresses as a hash with the installation's key, contacts as
/// the hash of the provider's id. So deliveries from before the erasure, and late deliveries about an erased call, bring nothing back.
/// </summary>
internal sealed class ErasedContacts(Installation installation, TimeProvider time)
{
    private const string AddAddressesSql = """
        INSERT INTO erased_addresses AS known (address_hash, has_opted_out, erased_at) SELECT hash, $2, $3 FROM unnest($1) AS hash
        ON CONFLICT (address_hash) DO UPDATE SET has_opted_out = known.has_opted_out OR EXCLUDED.has_opted_out, erased_at = EXCLUDED.erased_at
        """;

    private const string AddContactsSql = """
        INSERT INTO erased_contacts (id_hash, erased_at) SELECT DISTINCT sha256(convert_to(id, 'UTF8')), $2::timestamptz FROM unnest($1) AS id
        ON CONFLICT DO NOTHING
        """;

    private const string IsOldDeliverySql = """
        SELECT EXISTS (
            SELECT FROM erased_addresses, inbox WHERE address_hash = $1 AND inbox.id = $2 AND received_at < erased_addresses.erased_at)
        """;

    private const string IsErasedSql = """
        SELECT EXISTS (SELECT FROM erased_contacts WHERE id_hash IN (SELECT sha256(convert_to(id, 'UTF8')) FROM unnest($1) AS id))
        """;

    private const string HasOptedOutSql = "SELECT EXISTS (SELECT FROM erased_addresses WHERE address_hash = $1 AND has_opted_out)";

    /// <summary>Remembers what an erasure removes.</summary>
    /// <param name="work">The unit of work that erases the lead.</param>
    /// <param name="addresses">The addresses of the lead.</param>
    /// <param name="contacts">The providers' ids of the texts, calls, recordings and conversations.</param>
    /// <param name="hasOptedOut">Whether the lead had asked that all contact ends.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task AddAsync(
        UnitOfWork work,
        IReadOnlyCollection<ChannelAddress> addresses,
        IReadOnlyCollection<string> contacts,
        bool hasOptedOut,
        CancellationToken cancellationToken)
    {
        await using var addAddresses = work.CreateCommand(AddAddressesSql);
        addAddresses.Parameters.AddArray(addresses.Select(Hash).ToArray(), NpgsqlDbType.Bytea);
        addAddresses.Parameters.AddBoolean(hasOptedOut);
        addAddresses.Parameters.AddTimestamp(time.GetUtcNow());
        await addAddresses.ExecuteNonQueryAsync(cancellationToken);

        await using var addContacts = work.CreateCommand(AddContactsSql);
        addContacts.Parameters.AddArray(contacts.ToArray(), NpgsqlDbType.Text);
        addContacts.Parameters.AddTimestamp(time.GetUtcNow());
        await addContacts.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Call this method before a lead with a new address is created.</summary>
    /// <exception cref="ErasedDataException">The address belonged to a lead that was erased after the delivery had been received.</exception>
    public async Task RejectOldDeliveryAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
    {
        if (work.DeliveryId is null)
        {
            return;
        }

        await using var command = work.CreateCommand(IsOldDeliverySql);
        command.Parameters.AddBytes(Hash(address));
        command.Parameters.AddBigint(work.DeliveryId);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            throw new ErasedDataException();
        }
    }

    /// <summary>Call this method where a delivery is about a contact of which nothing is stored.</summary>
    /// <param name="work">The unit of work that handles the delivery.</param>
    /// <param name="contacts">The providers' ids of the contact, such as the CallSid; null for an unknown one.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ErasedDataException">The contact belonged to a lead that was erased.</exception>
    public static async Task RejectErasedAsync(UnitOfWork work, IEnumerable<string?> contacts, CancellationToken cancellationToken)
    {
        if (contacts.OfType<string>().ToArray() is not { Length: > 0 } known)
        {
            return;
        }

        await using var command = work.CreateCommand(IsErasedSql);
        command.Parameters.AddArray(known, NpgsqlDbType.Text);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            throw new ErasedDataException();
        }
    }

    /// <summary>Returns whether an erased lead with this address had asked that all contact ends. Nobody may be contacted there.</summary>
    public async Task<bool> HasOptedOutAsync(UnitOfWork work, ChannelAddress address, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(HasOptedOutSql);
        command.Parameters.AddBytes(Hash(address));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Returns the keyed hash of an address. Without the key, nobody can try out all telephone numbers.</summary>
    public byte[] Hash(ChannelAddress address) => HMACSHA256.HashData(installation.AddressKey, Encoding.UTF8.GetBytes(address.Text));
}
