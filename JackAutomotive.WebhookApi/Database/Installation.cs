using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// The identity of this installation: an id and a key that migrations store in the database. The service reads both once, before the web server
/// and the workers start, so both are also available during an outage of Postgres.
/// </summary>
internal sealed class Installation
{
    private const string ReadSql = "SELECT id, address_key FROM installation";

    private Guid? _id;

    /// <summary>The id of the installation.</summary>
    /// <exception cref="InvalidOperationException">The id has not been read from the database yet.</exception>
    public Guid Id
    {
        get => _id ?? throw new InvalidOperationException("The installation's id has not been read from the database yet.");
        init => _id = value;
    }

    /// <summary>The key with which the addresses of erased leads are hashed.</summary>
    /// <exception cref="InvalidOperationException">The key has not been read from the database yet.</exception>
    public byte[] AddressKey
    {
        get => field ?? throw new InvalidOperationException("The key of addresses has not been read from the database yet.");
        private set;
    }

    /// <summary>Reads the id and the key. Call this method once, after the migrations.</summary>
    public async Task ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        (_id, AddressKey) = (row.GetGuid(0), row.GetFieldValue<byte[]>(1));
    }
}
