using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Npgsql;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Which rows name an object. A row that ends, or does not name it any more, is all it takes to have it removed.</summary>
internal sealed class ObjectReferences(NpgsqlDataSource database)
{
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string IsNamedSql = """
        SELECT EXISTS (SELECT FROM inbox WHERE body_hash = $1 AND raw_bytes IS NOT NULL AND NOT raw_released)
            OR EXISTS (SELECT FROM delivery_conflicts WHERE body_hash = $1 AND raw_bytes IS NOT NULL)
            OR EXISTS (SELECT FROM conversation_audio WHERE object_hash = $1)
        """;

    /// <summary>
    /// Keeps the sweep from removing an object that is just being put and named, and the other way round. Take it before the object is
    /// put; it is held until the transaction ends.
    /// </summary>
    public static async Task LockAsync(NpgsqlCommand command, ObjectName name, CancellationToken cancellationToken)
    {
        command.CommandText = LockSql;
        command.Parameters.Clear();
        command.Parameters.AddText($"object:{name}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc cref="LockAsync(NpgsqlCommand, ObjectName, CancellationToken)"/>
    public static async Task LockAsync(UnitOfWork work, ObjectName name, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockSql);
        await LockAsync(command, name, cancellationToken);
    }

    /// <summary>Does something about an object that no row names, while none can come to name it.</summary>
    /// <returns>False if a row names it.</returns>
    public async Task<bool> IfNotNamedAsync(ObjectName name, Func<Task> then, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await LockAsync(command, name, cancellationToken);

        command.CommandText = IsNamedSql;
        command.Parameters.Clear();
        command.Parameters.AddBytes(name.ToHash());
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            return false;
        }

        await then();
        return true;
    }
}
