using System.Text.Json.Nodes;
using Npgsql;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// Everything that webhooks leave behind, in a form that is the same whenever, in whatever order, however often and by whomever they
/// were handled. A table or event that is not known here fails the test, so that a new one is thought of.
/// </summary>
internal static class CanonicalState
{
    // How the work was done, not what came of it; and the log, which is read by event.
    private static readonly string[] s_machinery =
    [
        "inbox", "delivery_attempts", "delivery_replays", "delivery_conflicts", "rejected_deliveries", "event_outbox", "schema_migrations",
        "installation", "api_keys", "lead_events",
    ];

    // Our own ids and the times of the run; and what rightly depends on what was known when a webhook came: by what its lead was found,
    // how many analyses were not overtaken on their way, what the agent was told, and by which of two webhooks a call was announced.
    private static readonly string[] s_ofTheRun =
    [
        "id", "last_seq", "created_at", "updated_at", "told_at", "received_at", "matched_by", "revision", "answer",
        "initiation_sessions.announced",
    ];

    /// <summary>The tables of what is known of leads.</summary>
    public static async Task<List<string>> TablesAsync(NpgsqlDataSource database) =>
    [
        .. from table in await RowsAsync(database, "SELECT to_jsonb(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        let name = (string)table!
        where !s_machinery.Contains(name)
        select name,
    ];

    /// <summary>All of it, one line for each row and each event; in a lead's log no number is missing and no event is there twice.</summary>
    public static async Task<List<string>> ReadAsync(NpgsqlDataSource database)
    {
        var names = await NamesAsync(database);
        var lines = new List<string>();
        foreach (var table in await TablesAsync(database))
        {
            foreach (var row in await RowsAsync(database, $"SELECT to_jsonb(t) FROM {table} AS t"))
            {
                lines.Add($"{table} {Canonical(table, row!.AsObject(), names)}");
            }
        }

        lines.AddRange(await EventsAsync(database, names));
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>Fails with the lines that are missing and those that are too many.</summary>
    public static void AssertSame(IReadOnlyList<string> expected, IReadOnlyList<string> actual) =>
        Assert.True(expected.SequenceEqual(actual), $"""
            missing:
            {string.Join('\n', Without(expected, actual))}
            too many:
            {string.Join('\n', Without(actual, expected))}
            """);

    private static List<string> Without(IReadOnlyList<string> lines, IReadOnlyList<string> others)
    {
        var left = lines.ToList();
        foreach (var other in others)
        {
            left.Remove(other);
        }

        return left;
    }

    // A lead is its number, or else its conversations; a text its MessageSid.
    private static async Task<Dictionary<string, string>> NamesAsync(NpgsqlDataSource database)
    {
        const string Sql = """
            SELECT to_jsonb(ARRAY[id::text, coalesce(phone,
                (SELECT string_agg(conversation_id, ' ' ORDER BY conversation_id) FROM conversations WHERE lead_id = leads.id), '?')])
            FROM leads UNION ALL SELECT to_jsonb(ARRAY[id::text, message_sid]) FROM messages
            """;
        return (await RowsAsync(database, Sql)).ToDictionary(row => (string)row![0]!, row => (string)row![1]!);
    }

    private static string Canonical(string table, JsonObject row, Dictionary<string, string> names)
    {
        foreach (var (column, value) in row.ToList())
        {
            if (s_ofTheRun.Contains(column) || s_ofTheRun.Contains($"{table}.{column}"))
            {
                row.Remove(column);
            }
            else if (value is not null && column is "lead_id" or "message_id")
            {
                row[column] = names[(string)value!];
            }
        }

        return row.ToJsonString();
    }

    private static async Task<List<string>> EventsAsync(NpgsqlDataSource database, Dictionary<string, string> names)
    {
        var seen = new HashSet<string>();
        var newest = new Dictionary<string, string>();
        var lines = new List<string>();
        var expected = new Dictionary<string, long>();
        var messages = new Dictionary<string, string>();
        foreach (var row in await RowsAsync(database, "SELECT to_jsonb(e) FROM lead_events AS e ORDER BY lead_id, seq"))
        {
            var (lead, type, data) = (names[(string)row!["lead_id"]!], (string)row["type"]!, row["data"]!.AsObject());
            var seq = expected[lead] = expected.GetValueOrDefault(lead) + 1;
            Assert.Equal(seq, (long)row["seq"]!);
            Assert.True(seen.Add($"{lead} {type} {data.ToJsonString()}"), $"twice: {type} {data.ToJsonString()}");
            if (type == "message_status")
            {
                messages[(string)data["messageSid"]!] = (string)data["status"]!;
                continue;
            }

            var (what, told) = Canonical(type, data);
            if (IsUpdate(type))
            {
                newest[$"event {lead} {what}"] = told;
            }
            else
            {
                lines.Add($"event {lead} {what} {told}");
            }
        }

        // Of a text's status nobody was told as long as its receiver was no lead; but who was told knows the newest.
        foreach (var state in await RowsAsync(database, "SELECT to_jsonb(m) FROM message_states AS m"))
        {
            Assert.Equal((string?)state!["status"], messages.GetValueOrDefault((string)state["message_sid"]!, (string)state["status"]!));
        }

        return [.. lines, .. newest.Select(update => $"{update.Key} {update.Value}")];
    }

    // Those that tell how something stands now: how many there were depends on the order, the last one does not.
    private static bool IsUpdate(string type) => type is "call_status" or "conversation_agent"
        or "conversation_agent_corrected" or "conversation_transcript_added" or "post_call_summary";

    // What is told of, and what of that does not depend on what else was known at the time.
    private static (string What, string Told) Canonical(string type, JsonObject data) => type switch
    {
        "lead_created" => (type, ""),
        "call_initiated" or "call_completed" => ($"{type} {data["conversationId"]}", ""),
        "recording_available" => ($"{type} {data["recordingSid"] ?? data["conversationId"]}", ""),
        "call_status" => ($"{type} {data["callSid"]}", $"{data["status"]}"),
        "conversation_agent" or "conversation_agent_corrected" => ($"line {data["conversationId"]} {data["eventId"]}", $"{data["text"]}"),
        "conversation_transcript_added" or "post_call_summary" when data.Remove("revision") =>
            ($"{type} {data["conversationId"]}", data.ToJsonString()),
        "sms_received" or "conversation_user" or "interruption" or "silence_detected" or "call_failed" => (type, data.ToJsonString()),
        _ => throw new NotSupportedException($"What of '{type}' does not depend on the order?"),
    };

    private static async Task<List<JsonNode?>> RowsAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var all = new List<JsonNode?>();
        while (await rows.ReadAsync())
        {
            all.Add(JsonNode.Parse(rows.GetString(0)));
        }

        return all;
    }
}
