using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>Finds out whether any row references an object. Once no row references an object, <see cref="ObjectSweep"/> removes it.</summary>
internal sealed class ObjectReferences(NpgsqlDataSource database)
{
    private const string IsReferencedSql = """
        SELECT EXISTS (SELECT FROM inbox WHERE body_hash = $1 AND raw_bytes IS NOT NULL AND NOT raw_released)
            OR EXISTS (SELECT FROM delivery_conflicts WHERE body_hash = $1 AND raw_bytes IS NOT NULL)
            OR EXISTS (SELECT FROM conversation_audio WHERE object_hash = $1)
        """;

    /// <summary>Runs an action if no row references the object. The object's lock prevents new references while the action runs.</summary>
    /// <returns>False if a row references the object.</returns>
    public async Task<bool> RunIfUnreferencedAsync(ObjectName name, Func<Task> action, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await ObjectLock.TakeAsync(command, name, cancellationToken);

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
