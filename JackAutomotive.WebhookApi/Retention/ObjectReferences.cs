using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Storage;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>Finds out whether any row references an object. Once no row references an object, <see cref="ObjectSweep"/> removes it.</summary>
internal sealed class ObjectReferences(NpgsqlDataSource database)
{
    private const string FindUnreferencedSql = """
        SELECT hash FROM unnest($1) AS hash
        WHERE NOT EXISTS (SELECT FROM inbox WHERE body_hash = hash AND raw_bytes IS NOT NULL AND NOT raw_released)
            AND NOT EXISTS (SELECT FROM delivery_conflicts WHERE body_hash = hash AND raw_bytes IS NOT NULL)
            AND NOT EXISTS (SELECT FROM conversation_audio WHERE object_hash = hash)
        """;

    /// <summary>
    /// Returns the objects that no row references at this moment, with one query and without locks. A row may reference one of them a moment
    /// later, so <see cref="RunIfUnreferencedAsync"/> checks again.
    /// </summary>
    public async Task<IReadOnlyList<ObjectName>> FindUnreferencedAsync(IReadOnlyList<ObjectName> names, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        return await FindUnreferencedAsync(command, names, cancellationToken);
    }

    /// <summary>Runs an action if no row references the object. The object's lock prevents new references while the action runs.</summary>
    /// <returns>The result of the action; false if a row references the object.</returns>
    public async Task<bool> RunIfUnreferencedAsync(ObjectName name, Func<Task<bool>> action, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        await ObjectLock.TakeAsync(command, name, cancellationToken);
        return await FindUnreferencedAsync(command, [name], cancellationToken) is not [] && await action();
    }

    private static async Task<IReadOnlyList<ObjectName>> FindUnreferencedAsync(
        NpgsqlCommand command,
        IReadOnlyList<ObjectName> names,
        CancellationToken cancellationToken)
    {
        command.CommandText = FindUnreferencedSql;
        command.Parameters.Clear();
        command.Parameters.AddArray([.. names.Select(name => name.ToHash())], NpgsqlDbType.Bytea);
        return await command.ReadAllAsync(row => ObjectName.FromHash(row.GetFieldValue<byte[]>(0)), cancellationToken);
    }
}
