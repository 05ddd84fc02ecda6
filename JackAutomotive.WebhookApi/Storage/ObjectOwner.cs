using Npgsql;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// Whose objects these are: each database has a place of its own in a store, so that two that share a folder or a bucket never remove
/// each other's.
/// </summary>
internal sealed class ObjectOwner
{
    private Guid? _id;

    /// <summary>The database's id.</summary>
    /// <exception cref="InvalidOperationException">It has not been read yet.</exception>
    public Guid Id
    {
        get => _id ?? throw new InvalidOperationException("The database has not been asked for its id yet.");
        set => _id = value;
    }
}

/// <summary>Asks the database for its id, once it has been migrated and before anything works.</summary>
internal sealed class ReadObjectOwner(NpgsqlDataSource database, ObjectOwner owner) : IHostedLifecycleService
{
    private const string Sql = "SELECT id FROM object_owner";

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Sql);
        owner.Id = (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
