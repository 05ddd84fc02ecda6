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
    public async Task Any_number_of_instances_may_start_at_once_and_each_script_is_applied_once()
    {
        var connection = await servers.CreateDatabaseAsync(Cancellation);
        var sources = Enumerable.Range(0, 5).Select(_ => NpgsqlDataSource.Create(connection)).ToList();

        var migrators = sources.ConvertAll(MigratorOf);
        await Task.WhenAll(migrators.Select(migrator => migrator.StartingAsync(Cancellation)));

        var scripts = Migration.ReadEmbedded();
        Assert.All(migrators, migrator => Assert.Equal(scripts[^1].Name, migrator.Newest));
        await using var command = sources[0].CreateCommand("SELECT array_agg(name ORDER BY number) FROM schema_migrations");
        Assert.Equal(scripts.Select(script => script.Name), (string[]?)await command.ExecuteScalarAsync(Cancellation));
        sources.ForEach(source => source.Dispose());
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_was_applied_is_an_error_that_names_it()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var migrator = MigratorOf(source);
        await migrator.MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();")], Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            migrator.MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE b ();")], Cancellation));

        Assert.Contains("0001_first.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_ends_do_not_count_as_a_change()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        await MigratorOf(source).MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();\n-- x\n")], Cancellation);
        await MigratorOf(source).MigrateAsync([new Migration(1, "0001_first.sql", "CREATE TABLE a ();\r\n-- x\r\n")], Cancellation);
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_behind_and_those_before_it_stay()
    {
        await using var source = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var good = new Migration(1, "0001_good.sql", "CREATE TABLE a ();");
        var bad = new Migration(2, "0002_bad.sql", "CREATE TABLE b (); SELECT 1/0;");
        var mended = new Migration(2, "0002_mended.sql", "CREATE TABLE b ();");

        await Assert.ThrowsAsync<PostgresException>(() => MigratorOf(source).MigrateAsync([good, bad], Cancellation));

        await MigratorOf(source).MigrateAsync([good, mended], Cancellation);
    }

    [Fact]
    public async Task Without_Postgres_the_start_ends_with_a_message_that_says_so()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Timeout=1");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => MigratorOf(source).StartingAsync(Cancellation));

        Assert.Contains("could not be reached within 1 s", error.Message, StringComparison.Ordinal);
    }

    private static DatabaseMigrator MigratorOf(NpgsqlDataSource source) => new(
        source,
        new Installation(),
        Options.Create(new DatabaseOptions { StartupPatience = TimeSpan.FromSeconds(1) }),
        TimeProvider.System,
        NullLogger<DatabaseMigrator>.Instance);
}
