using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// The lock of an object in Postgres. The lock excludes the sweep while an object is stored and referenced, and excludes new references
/// while the sweep removes the object.
/// </summary>
internal static class ObjectLock
{
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    /// <summary>Takes the lock and holds it until the transaction ends. </summary>
    /// <param name="command">A command inside the transaction; its text and parameters are replaced.</param>
    /// <param name="name">The name of the object to lock.</param>
    /// <param name="cancellationToken">Ends the wait for the lock.</param>
    public static async Task TakeAsync(NpgsqlCommand command, ObjectName name, CancellationToken cancellationToken)
    {
        command.CommandText = LockSql;
        command.Parameters.Clear();
        command.Parameters.AddText($"object:{name}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Takes the lock of an object that was stored before the transaction, so that a row may reference the object. An upload may take long,
    /// so it never happens inside a transaction.
    /// </summary>
    /// <param name="command">A command inside the transaction; its text and parameters are replaced.</param>
    /// <param name="objects">The store of the object.</param>
    /// <param name="name">The name of the object to lock.</param>
    /// <param name="cancellationToken">Ends the wait for the lock and the store.</param>
    /// <exception cref="IOException">The sweep has removed the object since; upload it again.</exception>
    public static async Task TakeForStoredAsync(
        NpgsqlCommand command,
        IObjectStore objects,
        ObjectName name,
        CancellationToken cancellationToken)
    {
        await TakeAsync(command, name, cancellationToken);
        if (await objects.FindWrittenAtAsync(name, cancellationToken) is null)
        {
            throw new IOException($"The object {name} was removed after its upload.");
        }
    }
}
