using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// Applies the migration scripts that this program needs, before the web server and the workers start. Several instances may start at once:
/// each script runs in its own transaction under one advisory lock, and the second instance finds the script already applied.
/// A database with every script applied is only read, so a service also starts on a standby. A database that is ahead of this program is left unchanged, so an older instance continues to work during a roll-out.
/// </summary>
internal sealed partial class DatabaseMigrator(
    NpgsqlDataSource database,
    Installation installation,
    IOptions<DatabaseOptions> options,
    TimeProvider time,
    ILogger<DatabaseMigrator> logger) : IHostedLifecycleService
{
    // The key of the advisory lock is "JACK" in ASCII. The number is arbitrary, but it must never change.
    private const string LockSql = "SELECT pg_advisory_xact_lock(1245791051)";

    private const string CreateTableSql = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number      integer PRIMARY KEY,
            name        text NOT NULL,
            checksum    bytea NOT NULL,
            applied_at  timestamptz NOT NULL
        )
        """;

    private const string TableExistsSql = "SELECT to_regclass('schema_migrations') IS NOT NULL";

    private const string FindChecksumSql = "SELECT checksum FROM schema_migrations WHERE number = $1";

    private const string RecordSql = "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(500);

    private volatile string? _newestScript;

    /// <summary>The name of the newest applied script that this program needs; null before the first script.</summary>
    public string? NewestScript => _newestScript;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await RetryOutagesAsync(
            async () =>
            {
                await MigrateAsync(Migration.ReadEmbedded(), cancellationToken);
                await installation.ReadAsync(database, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Applies the scripts that have not been applied yet, in order.</summary>
    /// <exception cref="InvalidOperationException">A script was changed after it had been applied.</exception>
    internal async Task MigrateAsync(IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        foreach (var migration in migrations)
        {
            await ApplyAsync(migration, cancellationToken);
            _newestScript = migration.Name;
        }
    }

    private async Task ApplyAsync(Migration migration, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await TableExistsAsync(connection, cancellationToken) && await IsAppliedAsync(connection, migration, cancellationToken))
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, LockSql, cancellationToken);
        await ExecuteAsync(connection, CreateTableSql, cancellationToken);

        // Another instance may have applied the script before this instance had the lock.
        if (await IsAppliedAsync(connection, migration, cancellationToken))
        {
            return;
        }

        var startedAt = Stopwatch.GetTimestamp();
        await ExecuteAsync(connection, migration.Sql, cancellationToken);
        await RecordAsync(connection, migration, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogApplied(migration.Name, Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
    }

    // The method uses the real clock instead of TimeProvider, because it waits for another process.
    private async Task RetryOutagesAsync(Func<Task> migrate, CancellationToken cancellationToken)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await migrate();
                return;
            }
            catch (NpgsqlException e) when (IsWorthRetrying(e))
            {
                if (Stopwatch.GetElapsedTime(startedAt) > options.Value.StartupPatience)
                {
                    throw new InvalidOperationException(
                        $"Postgres (connection string 'crm') could not be reached within {options.Value.StartupPatience.TotalSeconds:0} s, or refused a script: "
                        + e.Message,
                        e);
                }

                LogWaiting(e.Message);
            }

            await Task.Delay(s_retryDelay, cancellationToken);
        }
    }

    // The database may not exist yet: the program that starts the server may create the database afterwards. It may also be read-only for a
    // while. A script with an error of its own (SQLSTATE class 42) stays wrong.
    private static bool IsWorthRetrying(NpgsqlException exception) =>
        DatabaseErrors.IsOutage(exception) && exception.SqlState?.StartsWith("42", StringComparison.Ordinal) is not true;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // The command has no time limit, because another instance may keep the lock for the time of a long script.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> TableExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TableExistsSql, connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<bool> IsAppliedAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        if (await FindChecksumAsync(connection, migration.Number, cancellationToken) is not { } checksum)
        {
            return false;
        }

        return checksum.AsSpan().SequenceEqual(migration.Checksum)
            ? true
            : throw new InvalidOperationException(
                $"The migration script {migration.Name} was changed after it had been applied to this database. "
                + "Restore it and put the change into a new script.");
    }

    private static async Task<byte[]?> FindChecksumAsync(NpgsqlConnection connection, int number, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindChecksumSql, connection);
        command.Parameters.AddInteger(number);
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task RecordAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(RecordSql, connection);
        command.Parameters.AddInteger(migration.Number);
        command.Parameters.AddText(migration.Name);
        command.Parameters.AddBytes(migration.Checksum);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Applied {Script} in {Milliseconds:0} ms")]
    private partial void LogApplied(string script, double milliseconds);

    [LoggerMessage(LogLevel.Information, "Waiting for Postgres: {Reason}")]
    private partial void LogWaiting(string reason);
}
