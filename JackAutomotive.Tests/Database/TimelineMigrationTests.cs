using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Tests.Database;

/// <summary>The migration makes what older versions have stored searchable, and puts it in order.</summary>
public sealed class TimelineMigrationTests(Servers servers)
{
    private const string Seed = """
        INSERT INTO leads (id, phone, name, created_at, updated_at) VALUES
            ('00000000-0000-0000-0000-000000000001', '+12025550101', 'Zoë Núñez', '2026-01-01', now()),
            ('00000000-0000-0000-0000-000000000002', '+12025550102', NULL, '2026-01-02', now()),
            ('00000000-0000-0000-0000-000000000003', NULL, NULL, '2026-01-03', now());
        INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
        VALUES ('twilio', 'twilio.sms-incoming', 'sms:SM1', 'sms:x', '', '', '{}', now(), now());
        INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at) VALUES
            (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'inbound', 'SM1', 'a', 'b', 'The F-150, please', '2026-02-02'),
            (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'inbound', 'SM2', 'a', 'b', 'Hi', '2026-02-01');
        INSERT INTO calls (call_sid, lead_id, ringing_at, answered_at, created_at, updated_at)
        VALUES ('CA1', '00000000-0000-0000-0000-000000000002', '2026-03-01 12:00Z', '2026-03-01 12:01Z', '2026-03-01 12:02Z', now());
        INSERT INTO conversations (conversation_id, lead_id, matched_by, started_at, analysed_at, created_at, updated_at) VALUES
            ('conv_1', '00000000-0000-0000-0000-000000000002', 'phone', '2026-03-01 12:01Z', now(), '2026-03-01 13:00Z', now()),
            ('conv_2', '00000000-0000-0000-0000-000000000002', 'phone', NULL, now(), '2026-03-02 13:00Z', now());
        INSERT INTO conversation_turns (conversation_id, position, role, message, offset_seconds, spoken_at, interrupted) VALUES
            ('conv_1', 0, 'agent', 'Hello there', 2, '2026-03-01 12:01:02Z', false),
            ('conv_2', 0, 'user', 'Goodbye', 3, NULL, false);
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Older_rows_get_their_words_their_times_and_their_deliveries()
    {
        await using var database = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync(Cancellation));
        var scripts = Migration.ReadEmbedded();
        var before = scripts.TakeWhile(script => !script.Name.EndsWith("lead_lists_and_timeline.sql", StringComparison.Ordinal)).ToList();
        await MigratorOf(database).MigrateAsync(before, Cancellation);
        await using (var seed = database.CreateCommand(Seed))
        {
            await seed.ExecuteNonQueryAsync(Cancellation);
        }

        await MigratorOf(database).MigrateAsync(scripts, Cancellation);

        Assert.Equal(
            ["{150,f,please,the}"],
            await ListAsync(database, "SELECT tsvector_to_array(words)::text FROM messages WHERE message_sid = 'SM1'"));
        Assert.Equal(["1"], await ListAsync(database, "SELECT count(*)::text FROM messages JOIN inbox ON inbox.id = delivery_id"));
        Assert.Equal(["conv_1"], await ListAsync(database, "SELECT conversation_id FROM conversations WHERE words @@ 'hello'::tsquery"));
        Assert.Equal(["1"], await ListAsync(database, "SELECT count(*)::text FROM leads WHERE search_words(name) @@ 'nunez & zoe'::tsquery"));
        Assert.Equal(
            ["2026-02-02 true", "2026-03-02 false", "2026-01-03 false"],
            await ListAsync(database, "SELECT to_char(last_contact_at, 'YYYY-MM-DD ') || is_unanswered FROM lead_contacts ORDER BY lead_id"));
        Assert.Equal(["true"], await ListAsync(database, "SELECT (began_at = '2026-03-01 12:00Z')::text FROM calls"));
        Assert.Equal(
            ["true", "true"],
            await ListAsync(database, """
                SELECT (occurred_at = coalesce(spoken_at, '2026-03-02 13:00:03Z') AND lead_id = '00000000-0000-0000-0000-000000000002')::text
                FROM conversation_turns
                """));
    }

    private static DatabaseMigrator MigratorOf(NpgsqlDataSource database) => new(
        database, new Installation(), Options.Create(new DatabaseOptions()), TimeProvider.System, NullLogger<DatabaseMigrator>.Instance);

    private static async Task<List<string?>> ListAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ReadAllAsync(row => row.GetTextOrNull(0), Cancellation);
    }
}
