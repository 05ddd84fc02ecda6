using System.Text.Json.Nodes;
using Npgsql;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// Everything that webhooks store, in a form that does not depend on the time, the order, the number of repetitions and the instance of
/// their handling. An unknown table or event type fails the test, so that nobody forgets to add it here.
/// </summary>
internal static class CanonicalState
{
    // Tables that record how the work was done, not its result. The log lead_events is read event by event instead.
    private static readonly string[] s_processTables =
    [
        "inbox", "delivery_attempts", "delivery_replays", "delivery_conflicts", "rejected_deliveries", "event_outbox", "outbox_transactions",
        "schema_migrations", "installation", "api_keys", "lead_events", "analysis_queue", "lead_merges", "lead_merge_rows", "erasures", "erased_addresses",
        "erased_contacts", "lead_history", "scoring_progress", "outbound_pace", "alerts",
    ];

    // Generated ids and the times of the run, and columns that legitimately depend on the order of arrival: the clue that identified the
    // lead (matched_by) and those that named another lead (contradictions), the number of analyses that arrived in order (revision), the
    // briefing of the agent (answer), and whether the initiation or another webhook announced the call. The order of a lead's texts is that of
    // their arrival, so an analysis of texts names them in that order.
    private static readonly string[] s_variableColumns =
    [
        "id", "last_seq", "created_at", "updated_at", "told_at", "received_at", "matched_by", "contradictions", "revision", "answer",
        "initiation_sessions.announced", "analysis_id", "delivery_id", "detected_at", "said_at", "conversation_analyses.started_at",
        "conversation_analyses.ended_at", "conversation_analyses.input_hash", "conversation_analyses.subject",
        "conversation_analyses.message_sids", "conversation_analyses.result", "last_contact_at", "is_unanswered", "calls.began_at",
        "conversation_analyses.signals", "lead_statuses.changed_at",
        "lead_scores.computed_at", "lead_scores.due_at", "lead_scores.priority_at", "lead_scores.action_at", "lead_scores.noticed_seq",
        "lead_scores.cause_delivery_id",
    ];

    /// <summary>Returns the names of the tables that hold the results of handling.</summary>
    public static async Task<List<string>> ReadTableNamesAsync(NpgsqlDataSource database) =>
    [
        .. from table in await RowsAsync(database, "SELECT to_jsonb(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        let name = (string)table!
        where !s_processTables.Contains(name)
        select name,
    ];

    /// <summary>Returns one line for each row and each event. Fails if a log of a lead has a gap or contains an event twice.</summary>
    public static async Task<List<string>> ReadAsync(NpgsqlDataSource database)
    {
        var names = await NamesAsync(database);
        var lines = new List<string>();
        foreach (var table in await ReadTableNamesAsync(database))
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

    /// <summary>Fails with the missing lines and the surplus lines.</summary>
    public static void AssertSame(IReadOnlyList<string> expected, IReadOnlyList<string> actual) =>
        Assert.True(expected.SequenceEqual(actual), $"""
            missing:
            {string.Join('\n', Without(expected, actual))}
            too many:
            {string.Join('\n', Without(actual, expected))}
            """);

    private static List<string> Without(IReadOnlyList<string> lines, IReadOnlyList<string> others)
    {
        var remaining = lines.ToList();
        foreach (var other in others)
        {
            remaining.Remove(other);
        }

        return remaining;
    }

    // The name of a lead is its number or another address, or else its conversations. The name of a text is its MessageSid.
    private static async Task<Dictionary<string, string>> NamesAsync(NpgsqlDataSource database)
    {
        const string Sql = """
            SELECT to_jsonb(ARRAY[id::text, coalesce(phone,
                (SELECT min(address) FROM lead_addresses WHERE lead_id = leads.id),
                (SELECT string_agg(conversation_id, ' ' ORDER BY conversation_id) FROM conversations WHERE lead_id = leads.id), '?')])
            FROM leads UNION ALL SELECT to_jsonb(ARRAY[id::text, message_sid]) FROM messages
            """;
        return (await RowsAsync(database, Sql)).ToDictionary(row => (string)row![0]!, row => (string)row![1]!);
    }

    private static string Canonical(string table, JsonObject row, Dictionary<string, string> names)
    {
        foreach (var (column, value) in row.ToList())
        {
            if (s_variableColumns.Contains(column) || s_variableColumns.Contains($"{table}.{column}"))
            {
                row.Remove(column);
            }
            else if (value is not null && column is "lead_id" or "conference_lead_id" or "message_id")
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
                messages[(string)data["messageSid"]!] = $"{data["status"]} {data["errorCode"]}";
                continue;
            }

            var (subject, content) = Canonical(type, data);
            if (IsUpdate(type))
            {
                newest[$"event {lead} {subject}"] = content;
            }
            else
            {
                lines.Add($"event {lead} {subject} {content}");
            }
        }

        // A text to a receiver who is no lead yet raises no event. If a text has raised events, the last event has the newest status.
        foreach (var state in await RowsAsync(database, "SELECT to_jsonb(m) FROM message_states AS m"))
        {
            var stored = $"{state!["status"]} {state["error_code"]}";
            Assert.Equal(stored, messages.GetValueOrDefault((string)state["message_sid"]!, stored));
        }

        return [.. lines, .. newest.Select(update => $"{update.Key} {update.Value}")];
    }

    // Events that report a current state. Their number depends on the order of handling, but the last of them does not.
    private static bool IsUpdate(string type) => type is "call_status" or "conversation_agent"
        or "conversation_agent_corrected" or "conversation_transcript_added" or "post_call_summary" or "conversation_insights"
        or "lead_sentiment_changed" or "lead_profile_updated" or "lead_status_changed" or "lead_score_updated" or "funding_readiness_changed";

    // The subject of the event, and the part of its data that does not depend on the order of handling.
    private static (string Subject, string Content) Canonical(string type, JsonObject data) => type switch
    {
        "lead_created" => (type, ""),
        "call_initiated" or "call_completed" => ($"{type} {data["conversationId"]}", ""),
        "recording_available" => ($"{type} {data["recordingSid"] ?? data["conversationId"]}", ""),
        "call_status" => ($"{type} {data["callSid"]}", $"{data["status"]} {data["answeredBy"]} {data["outcome"]} {data["mechanism"]}"),
        "conversation_agent" or "conversation_agent_corrected" => ($"line {data["conversationId"]} {data["eventId"]}", $"{data["text"]}"),
        "conversation_transcript_added" when data.Remove("revision") && data.Remove("matchedBy") && data.Remove("contradictions") =>
            ($"{type} {data["conversationId"]}", data.ToJsonString()),
        "post_call_summary" when data.Remove("revision") => ($"{type} {data["conversationId"]}", data.ToJsonString()),
        "sms_received" or "conversation_user" or "interruption" or "silence_detected" or "call_failed" => (type, data.ToJsonString()),
        "conversation_insights" => ($"{type} {data["conversationId"]}", $"{data["label"]} {data["intents"]} {data["actionItems"]}"),
        // Each update tells a difference, and the updates as a whole depend on the order. The table of the fields shows their result.
        "lead_profile_updated" => (type, ""),
        "lead_status_changed" => (type, $"{data["status"]}"),
        "lead_score_updated" => (type, $"{data["score"]}"),
        "funding_readiness_changed" => (type, data["items"]!.ToJsonString()),
        "lead_sentiment_changed" => (type, $"{data["label"]}"),
        "action_item_created" => (type, $"{data["conversationId"]} {data["text"]} {data["owner"]} {data["dueAt"]}"),
        "opt_out_detected" => (type, $"{data["channel"]} {data["messageSid"]} {data["conversationId"]} {data["evidence"]}"),
        "lead_merged" or "lead_merged_into" or "lead_merge_undone" or "contact_assigned" => (type, data.ToJsonString()),
        "consent_changed" => (type, $"{data["change"]} {data["scope"]} {data["source"]} {data["channel"]} {data["words"]}"),
        "outbound_updated" => ($"{type} {data["kind"]}", $"{data["state"]} {data["gate"]}"),
        "sms_sent" or "call_requested" => (type, $"{data["messageSid"]} {data["conversationId"]}"),
        _ => throw new NotSupportedException($"Event type '{type}' is unknown: add the part of its data that does not depend on the order."),
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
