using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Finds out whether any row references an object. Once no row references an object, <see cref="ObjectSweep"/> removes it.</summary>
internal sealed class ObjectReferences(NpgsqlDataSource database)
{
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string IsReferencedSql = """
        SELECT EXISTS (SELECT FROM inbox WHERE body_hash = $1 AND raw_bytes IS NOT NULL AND NOT raw_released)
            OR EXISTS (SELECT FROM delivery_conflicts WHERE body_hash = $1 AND raw_bytes IS NOT NULL)
            OR EXISTS (SELECT FROM conversation_audio WHERE object_hash = $1)
        """;

    /// <summary>
    /// Takes the object's lock and holds it until the transaction ends. The lock excludes the sweep while an object is stored and referenced,
    /// and excludes new references while the sweep removes the object. Take the lock before the object is stored.
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

    /// <summary>Runs an action if no row references the object. The object's lock prevents new references while the action runs.</summary>
    /// <returns>False if a row references the object.</returns>
    public async Task<bool> IfNotNamedAsync(ObjectName name, Func<Task> action, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await LockAsync(command, name, cancellationToken);

        command.CommandText = IsReferencedSql;
        command.Parameters.Clear();
        command.Parameters.AddBytes(name.ToHash());
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            return false;
        }

        await action();
        return true;
    }
}
