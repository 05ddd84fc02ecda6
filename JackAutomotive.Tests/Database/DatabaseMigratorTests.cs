using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Tests.Database;

public class DatabaseMigratorTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_that_start_at_once_apply_each_script_once()
    {
        var connection = await servers.CreateDatabaseAsync(Cancellation);
        var sources = Enumerable.Range(0, 5).Select(_ => NpgsqlDataSource.Create(connection)).ToList();

        var migrators = sources.ConvertAll(MigratorOf);
        await Task.WhenAll(migrators.Select(migrator => migrator.StartingAsync(Cancellation)));

        var scripts = Migration.ReadEmbedded();
        Assert.All(migrators, migrator => Assert.Equal(scripts[^1].Name, migrator.NewestScript));
        await using var command = sources[0].CreateCommand("SELECT array_agg(name ORDER BY number) FROM schema_migrations");
        Assert.Equal(scripts.Select(script => script.Name), (string[]?)await command.ExecuteScalarAsync(Cancellation));
        sources.ForEach(source => source.Dispose());
    }

    [Fact]
    public async Task A_script_changed_after_it_was_applied_is_an_error_that_names_the_script()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var migrator = MigratorOf(source);
        await migrator.MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();")], Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            migrator.MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE b ();")], Cancellation));

        Assert.Contains("0001_first.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_line_endings_is_not_a_change_of_the_script()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        await MigratorOf(source).MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();\n-- x\n")], Cancellation);
        await MigratorOf(source).MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();\r\n-- x\r\n")], Cancellation);
    }

    [Fact]
    public async Task A_failed_script_is_rolled_back_and_earlier_scripts_stay_applied()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var good = new Migration(1, "0001_good.sql", "CREATE TABLE a ();");
        var bad = new Migration(2, "0002_bad.sql", "CREATE TABLE b (); SELECT 1/0;");
        var corrected = new Migration(2, "0002_corrected.sql", "CREATE TABLE b ();");

        await Assert.ThrowsAsync<PostgresException>(() => MigratorOf(source).MigrateAsync([good, bad], Cancellation));

        await MigratorOf(source).MigrateAsync([good, corrected], Cancellation);
    }

    [Fact]
    public async Task Without_Postgres_startup_fails_with_a_message_that_states_the_time_limit()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Timeout=1");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => MigratorOf(source).StartingAsync(Cancellation));

        Assert.Contains("could not be reached within 1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migrated_database_that_is_read_only_is_accepted()
    {
        var connection = await servers.CreateDatabaseAsync(Cancellation);
        await using var source = NpgsqlDataSource.Create(connection);
        await MigratorOf(source).StartingAsync(Cancellation);
        await using var standby = NpgsqlDataSource.Create(ReadOnly(connection));

        var migrator = MigratorOf(standby);
        await migrator.StartingAsync(Cancellation);

        Assert.Equal(Migration.ReadEmbedded()[^1].Name, migrator.NewestScript);
    }

    [Fact]
    public async Task A_read_only_database_that_lacks_a_script_is_waited_for_and_then_named_as_the_reason()
    {
        await using var source = NpgsqlDataSource.Create(ReadOnly(await servers.CreateDatabaseAsync(Cancellation)));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => MigratorOf(source).StartingAsync(Cancellation));

        Assert.Contains("read-only", error.Message, StringComparison.Ordinal);
    }

    private static string ReadOnly(string connection) =>
        new NpgsqlConnectionStringBuilder(connection) { Options = "-c default_transaction_read_only=on" }.ConnectionString;

    private static DatabaseMigrator MigratorOf(NpgsqlDataSource source) => new(
        source,
        new Installation(),
        Options.Create(new DatabaseOptions { StartupPatience = TimeSpan.FromSeconds(1) }),
        TimeProvider.System,
        NullLogger<DatabaseMigrator>.Instance);
}
