using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// The identity of this installation: an id that a migration stores in the database. The service reads the id once, before the web server and
/// the workers start, so the id is also available during an outage of Postgres.
/// </summary>
internal sealed class Installation
{
    private const string ReadSql = "SELECT id FROM installation";

    private Guid? _id;

    /// <summary>The id of the installation.</summary>
    /// <exception cref="InvalidOperationException">The id has not been read from the database yet.</exception>
    public Guid Id
    {
        get => _id ?? throw new InvalidOperationException("The installation's id has not been read from the database yet.");
        init => _id = value;
    }

    /// <summary>Reads the id. Call this method once, after the migrations.</summary>
    public async Task ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        _id = (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
