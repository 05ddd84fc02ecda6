using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// Which system this is: an id that its database was given when it was made. Known before anything listens or works, and for as long as
/// the process lives, whether or not Postgres is there.
/// </summary>
internal sealed class Installation
{
    private const string ReadSql = "SELECT id FROM installation";

    private Guid? _id;

    /// <summary>The id.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet: the database has not been looked at.</exception>
    public Guid Id
    {
        get => _id ?? throw new InvalidOperationException("The database has not been looked at yet.");
        init => _id = value;
    }

    /// <summary>Reads the id; to be called once, when the database is as this program needs it.</summary>
    public async Task ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        _id = (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
