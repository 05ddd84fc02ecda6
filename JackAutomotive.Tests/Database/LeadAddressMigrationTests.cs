using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Tests.Database;

/// <summary>The migration gives the leads of older versions their addresses.</summary>
public class LeadAddressMigrationTests(Servers servers)
{
    private static readonly string[] s_numbers =
    [
        "+12025550115", "+525512345678", "+5215512345678", "+5215512345679", "+551187654321", "+551132654321", "+5511987654322", "+541123456789",
        "+5491123456780", "+22997123456", "+2290197123457", "+442071838750", "+17378742833", "+86282452253",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_migration_writes_every_number_as_the_parser_does_and_forgets_hidden_callers()
    {
        await using var database = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var scripts = Migration.ReadEmbedded();
        var before = scripts.TakeWhile(script => !script.Name.EndsWith("lead_addresses.sql", StringComparison.Ordinal)).ToList();
        await MigratorOf(database).MigrateAsync(before, Cancellation);
        await ExecuteAsync(database, $"""
            INSERT INTO leads (id, phone, created_at, updated_at)
            SELECT gen_random_uuid(), phone, now() + number * interval '1 second', now()
            FROM unnest(ARRAY['{string.Join("','", s_numbers)}']) WITH ORDINALITY AS given (phone, number);
            INSERT INTO leads (id, created_at, updated_at) VALUES (gen_random_uuid(), now(), now());
            """);

        await MigratorOf(database).MigrateAsync(scripts, Cancellation);

        var expected = s_numbers.Select(text => PhoneNumber.TryParse(text, out var phone) ? phone.Value : null).ToList();
        Assert.Equal(expected, await ListAsync(database, "SELECT phone FROM leads ORDER BY created_at, phone NULLS FIRST OFFSET 1"));
        Assert.Equal(
            expected.OfType<string>().Distinct().Order(StringComparer.Ordinal),
            await ListAsync(database, "SELECT address FROM lead_addresses WHERE kind = 'phone' AND NOT is_claimed ORDER BY address"));

        // Two leads had one number in two spellings. The older of them has it now.
        Assert.Equal(["1"], await ListAsync(database, """
            SELECT count(*)::text FROM lead_addresses JOIN leads ON leads.id = lead_id
            WHERE address = '+525512345678' AND leads.created_at = (SELECT min(created_at) FROM leads WHERE phone = '+525512345678')
            """));
    }

    private static DatabaseMigrator MigratorOf(NpgsqlDataSource database) => new(
        database, new Installation(), Options.Create(new DatabaseOptions()), TimeProvider.System, NullLogger<DatabaseMigrator>.Instance);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<List<string?>> ListAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ReadAllAsync(row => row.GetTextOrNull(0), Cancellation);
    }
}
