using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Merging;

/// <summary>A merge of two leads.</summary>
/// <param name="MergeId">Our id of the merge.</param>
/// <param name="LeadId">The lead that stays.</param>
/// <param name="MergedLeadId">The lead that is gone.</param>
/// <param name="Reason">Why a person merged the leads, in that person's words.</param>
/// <param name="MergedBy">The name of the API key of that person.</param>
/// <param name="MergedAt">When the leads were merged, UTC.</param>
/// <param name="UndoneBy">The name of the API key of the person who undid the merge; null while it stands.</param>
/// <param name="UndoneAt">When the merge was undone, UTC.</param>
internal sealed record Merge(
    Guid MergeId,
    Guid LeadId,
    Guid MergedLeadId,
    string? Reason,
    string MergedBy,
    DateTimeOffset MergedAt,
    string? UndoneBy = null,
    DateTimeOffset? UndoneAt = null);

/// <summary>
/// Moves the rows of leads: all rows of a lead that is merged into another one, the same rows back, and the rows of one call or conversation.
/// <see cref="LeadTables"/> lists the tables. The caller must hold the locks of the leads.
/// </summary>
internal sealed class MergeStore(TimeProvider time)
{
    // FOR UPDATE waits for every transaction that has inserted a row of the lead, because its foreign key locks the lead's row, and makes every
    // later one wait.
    private const string LockLeadsSql = "SELECT id FROM leads WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

    private const string BeginSql = """
        INSERT INTO lead_merges (id, gone_id, stays_id, gone_lead, stays_lead, row_counts, reason, merged_by, merged_at)
        SELECT $1, $2, $3, '{}', to_jsonb(leads), '{}', $4, $5, $6 FROM leads WHERE id = $3
        """;

    // The row leaves the table, so that foreign keys keep away every row that a handler adds to the lead from now on.
    private const string RemoveLeadSql = """
        WITH gone AS (DELETE FROM leads WHERE id = $2 RETURNING to_jsonb(leads) AS lead)
        UPDATE lead_merges SET gone_lead = gone.lead, row_counts = $3 FROM gone WHERE id = $1
        """;

    // Each lead had a row of its own: the newest contact counts.
    private const string TakeNewestContactSql = """
        UPDATE lead_contacts SET last_contact_at = newest.last_contact_at, is_unanswered = newest.is_unanswered
        FROM (
            SELECT contact.* FROM lead_merge_rows CROSS JOIN LATERAL jsonb_populate_record(NULL::lead_contacts, saved) AS contact
            WHERE merge_id = $1 AND table_name = 'lead_contacts' AND $3 IS NOT NULL
            ORDER BY last_contact_at DESC LIMIT 1) AS newest
        WHERE lead_contacts.lead_id = $2
        """;

    private const string Columns = "id, stays_id, gone_id, reason, merged_by, merged_at, undone_by, undone_at";

    private const string FindByGoneSql = $"SELECT {Columns} FROM lead_merges WHERE gone_id = $1 AND undone_at IS NULL";

    private const string FindNewestSql = $"""
        SELECT {Columns} FROM lead_merges WHERE stays_id = $1 AND undone_at IS NULL ORDER BY id DESC LIMIT 1
        """;

    private const string HasRowsSql = "SELECT gone_lead <> '{}' FROM lead_merges WHERE id = $1";

    private const string RowCountsSql = "SELECT key, value::bigint FROM lead_merges, jsonb_each_text(row_counts) WHERE id = $1";

    private const string RestoreLeadSql = """
        INSERT INTO leads SELECT (jsonb_populate_record(NULL::leads, gone_lead)).* FROM lead_merges WHERE id = $1
        """;

    private const string ForgetRowsSql = "DELETE FROM lead_merge_rows WHERE merge_id = $1";

    private const string EndSql = """
        UPDATE lead_merges SET undone_by = $2, undone_at = $3, gone_lead = '{}', stays_lead = '{}' WHERE id = $1
        """;

    // A merge that was undone concerns both leads; one that stands also those that were merged into the lead that is gone.
    private const string FindFamilySql = """
        WITH RECURSIVE family (id) AS (
            SELECT $1::uuid
            UNION
            SELECT gone_id FROM family JOIN lead_merges ON stays_id = family.id AND undone_at IS NULL)
        SELECT id FROM family WHERE id <> $1
        """;

    private const string ForgetSql = """
        WITH forgotten AS (
            UPDATE lead_merges SET gone_lead = '{}', stays_lead = '{}', reason = NULL WHERE gone_id = ANY ($1) OR stays_id = ANY ($1)
            RETURNING id)
        DELETE FROM lead_merge_rows USING forgotten WHERE merge_id = forgotten.id
        """;

    // The calls and conversations that belong together, by the ids that their rows share.
    private const string FindContactSql = """
        SELECT conversation_id, call_sid FROM conversations WHERE conversation_id = $1 OR call_sid = $2
        UNION SELECT conversation_id, call_sid FROM live_conversations WHERE conversation_id = $1 OR call_sid = $2
        UNION SELECT conversation_id, call_sid FROM initiation_sessions WHERE conversation_id = $1 OR call_sid = $2
        UNION SELECT conversation_id, call_sid FROM call_failures WHERE conversation_id = $1 OR call_sid = $2
        UNION SELECT NULL, call_sid FROM calls WHERE call_sid = $2 OR parent_call_sid = $2
        UNION SELECT $1, $2
        """;

    private const string SetPathSql = """
        WITH moved AS (UPDATE conversations SET matched_by = $3 WHERE conversation_id = ANY ($1)),
        live AS (UPDATE live_conversations SET matched_by = $3 WHERE conversation_id = ANY ($1))
        UPDATE calls SET matched_by = $3 WHERE call_sid = ANY ($2)
        """;

    /// <summary>Locks leads in the order of their ids. Returns the leads that exist.</summary>
    public static async Task<IReadOnlyList<LeadId>> LockAsync(UnitOfWork work, LeadId[] leads, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockLeadsSql);
        command.Parameters.AddArray(Array.ConvertAll(leads, lead => lead.Value), NpgsqlDbType.Uuid);
        return await command.ReadAllAsync(row => new LeadId(row.GetGuid(0)), cancellationToken);
    }

    /// <summary>Finds the merge in which this lead is gone. Returns null if the lead was not merged.</summary>
    public static Task<Merge?> FindByGoneAsync(UnitOfWork work, LeadId gone, CancellationToken cancellationToken) =>
        FindAsync(work, FindByGoneSql, gone.Value, cancellationToken);

    /// <summary>Finds the newest merge into this lead that stands. Returns null if there is none.</summary>
    public static Task<Merge?> FindNewestAsync(UnitOfWork work, LeadId stays, CancellationToken cancellationToken) =>
        FindAsync(work, FindNewestSql, stays.Value, cancellationToken);

    /// <summary>Finds the leads that were merged into this lead, directly or through others.</summary>
    public static async Task<IReadOnlyList<Guid>> FindMergedAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindFamilySql);
        command.Parameters.AddUuid(lead.Value);
        return await command.ReadAllAsync(row => row.GetGuid(0), cancellationToken);
    }

    /// <summary>Moves the rows of the lead that goes to the lead that stays, and remembers them for an undo.</summary>
    public async Task<Merge> BeginAsync(
        UnitOfWork work,
        LeadId stays,
        LeadId gone,
        string? reason,
        string person,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var merge = new Merge(Guid.CreateVersion7(now), stays.Value, gone.Value, reason, person, now);
        await using (var begin = work.CreateCommand(BeginSql))
        {
            begin.Parameters.AddUuid(merge.MergeId);
            begin.Parameters.AddUuid(gone.Value);
            begin.Parameters.AddUuid(stays.Value);
            begin.Parameters.AddText(reason);
            begin.Parameters.AddText(person);
            begin.Parameters.AddTimestamp(now);
            await begin.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var table in LeadTables.All)
        {
            await MoveAllAsync(work, table, merge, cancellationToken);
        }

        await TakeMissingColumnsAsync(work, merge, cancellationToken);
        await ExecuteAsync(work, TakeNewestContactSql, merge, cancellationToken);
        return merge;
    }

    /// <summary>Removes the lead that is gone. Its log must be complete, because no event can be appended any more.</summary>
    public static async Task RemoveLeadAsync(UnitOfWork work, Merge merge, CancellationToken cancellationToken)
    {
        var counts = await CountRowsAsync(work, merge.LeadId, cancellationToken);
        var json = string.Join(',', counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"\"{count.Key}\":{count.Value}")));
        await using var command = work.CreateCommand(RemoveLeadSql);
        command.Parameters.AddUuid(merge.MergeId);
        command.Parameters.AddUuid(merge.MergedLeadId);
        command.Parameters.AddJsonb($"{{{json}}}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the tables in which the lead that stays has more or fewer rows than after the merge.</summary>
    public static async Task<IReadOnlyList<string>> FindChangedTablesAsync(UnitOfWork work, Merge merge, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(RowCountsSql);
        command.Parameters.AddUuid(merge.MergeId);
        var before = (await command.ReadAllAsync(row => (Table: row.GetString(0), Count: row.GetInt64(1)), cancellationToken))
            .ToDictionary(count => count.Table, count => count.Count);
        var now = await CountRowsAsync(work, merge.LeadId, cancellationToken);
        return [.. now.Where(count => before.GetValueOrDefault(count.Key) != count.Value).Select(count => count.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether the rows of the merge are still remembered. The erasure of a lead forgets them.</summary>
    public static async Task<bool> HasRowsAsync(UnitOfWork work, Merge merge, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(HasRowsSql);
        command.Parameters.AddUuid(merge.MergeId);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Brings the lead that is gone back, with exactly its rows.</summary>
    public async Task<Merge> UndoAsync(UnitOfWork work, Merge merge, string person, CancellationToken cancellationToken)
    {
        await ExecuteAsync(work, RestoreLeadSql, merge.MergeId, cancellationToken);
        foreach (var table in LeadTables.All.Reverse())
        {
            await MoveBackAsync(work, table, merge, cancellationToken);
        }

        var columns = string.Join(", ", LeadTables.TakenIfMissing.Select(column => $"{column} = before.{column}"));
        await ExecuteAsync(
            work,
            $"""
            UPDATE leads SET {columns}
            FROM lead_merges CROSS JOIN LATERAL jsonb_populate_record(NULL::leads, stays_lead) AS before
            WHERE lead_merges.id = $1 AND leads.id = stays_id
            """,
            merge.MergeId,
            cancellationToken);
        await ExecuteAsync(work, ForgetRowsSql, merge.MergeId, cancellationToken);

        var now = time.GetUtcNow();
        await using var end = work.CreateCommand(EndSql);
        end.Parameters.AddUuid(merge.MergeId);
        end.Parameters.AddText(person);
        end.Parameters.AddTimestamp(now);
        await end.ExecuteNonQueryAsync(cancellationToken);
        return merge with { UndoneBy = person, UndoneAt = now };
    }

    /// <summary>Removes the personal data of erased leads from the merges, which stay as a record.</summary>
    public static async Task ForgetAsync(UnitOfWork work, Guid[] leads, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ForgetSql);
        command.Parameters.AddArray(leads, NpgsqlDbType.Uuid);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Moves one call or conversation, with all its rows, to another lead.</summary>
    public static async Task MoveContactAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        LeadId from,
        LeadId to,
        CancellationToken cancellationToken)
    {
        var (conversations, calls) = await FindContactAsync(work, conversationId, callSid, cancellationToken);
        foreach (var table in LeadTables.All.Where(table => table.OfContact is not null))
        {
            await using var move = work.CreateCommand(
                $"UPDATE {table.Name} SET {table.Column} = $3 WHERE {table.Column} = $4 AND {table.OfContact} AND $1 IS NOT NULL AND $2 IS NOT NULL");
            move.Parameters.AddArray(conversations, NpgsqlDbType.Text);
            move.Parameters.AddArray(calls, NpgsqlDbType.Text);
            move.Parameters.AddUuid(to.Value);
            move.Parameters.AddUuid(from.Value);
            await move.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Records that a person has assigned a call or a conversation to its lead.</summary>
    public static async Task SetPathAsync(UnitOfWork work, string? conversationId, string? callSid, CancellationToken cancellationToken)
    {
        var (conversations, calls) = await FindContactAsync(work, conversationId, callSid, cancellationToken);
        await using var command = work.CreateCommand(SetPathSql);
        command.Parameters.AddArray(conversations, NpgsqlDbType.Text);
        command.Parameters.AddArray(calls, NpgsqlDbType.Text);
        command.Parameters.AddText(ClueNames.Person);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<(string[] Conversations, string[] Calls)> FindContactAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        CancellationToken cancellationToken)
    {
        var known = new HashSet<(string?, string?)>();
        var open = new Queue<(string? Conversation, string? Call)>([(conversationId, callSid)]);
        while (open.TryDequeue(out var ids))
        {
            await using var command = work.CreateCommand(FindContactSql);
            command.Parameters.AddText(ids.Conversation);
            command.Parameters.AddText(ids.Call);
            foreach (var found in await command.ReadAllAsync(row => (row.GetTextOrNull(0), row.GetTextOrNull(1)), cancellationToken))
            {
                if (known.Add(found) && found != ids)
                {
                    open.Enqueue(found);
                }
            }
        }

        return (
            [.. known.Select(ids => ids.Item1).OfType<string>().Distinct()],
            [.. known.Select(ids => ids.Item2).OfType<string>().Distinct()]);
    }

    private static Task MoveAllAsync(UnitOfWork work, LeadTable table, Merge merge, CancellationToken cancellationToken)
    {
        var (name, column) = (table.Name, table.Column);
        return table.OnMerge switch
        {
            RowsOnMerge.Move => ExecuteAsync(
                work,
                $"""
                WITH moved AS (UPDATE {name} SET {column} = $2 WHERE {column} = $3 RETURNING jsonb_build_array({table.Key}) AS row_key)
                INSERT INTO lead_merge_rows (merge_id, table_name, row_key) SELECT $1, '{name}', row_key FROM moved
                """,
                merge,
                cancellationToken),
            RowsOnMerge.Join => JoinAsync(work, table, merge, cancellationToken),
            _ => Task.CompletedTask,
        };
    }

    // The rows of both leads are saved, because the rows that stay may change, too.
    private static async Task JoinAsync(UnitOfWork work, LeadTable table, Merge merge, CancellationToken cancellationToken)
    {
        var (name, column) = (table.Name, table.Column);
        await ExecuteAsync(
            work,
            $"""
            INSERT INTO lead_merge_rows (merge_id, table_name, row_key, saved)
            SELECT $1, '{name}', jsonb_build_array({table.Key}), to_jsonb(lead_row) FROM {name} AS lead_row WHERE {column} IN ($2, $3)
            """,
            merge,
            cancellationToken);
        await ExecuteAsync(
            work,
            $"""
            INSERT INTO {name} OVERRIDING SYSTEM VALUE
            SELECT (jsonb_populate_record(NULL::{name}, to_jsonb(lead_row) || jsonb_build_object('{column}', $2))).*
            FROM {name} AS lead_row WHERE {column} = $3 AND $1 IS NOT NULL
            ON CONFLICT DO NOTHING
            """,
            merge,
            cancellationToken);
        await ExecuteAsync(work, $"DELETE FROM {name} WHERE {column} = $3 AND $1 IS NOT NULL AND $2 IS NOT NULL", merge, cancellationToken);
    }

    private static async Task MoveBackAsync(UnitOfWork work, LeadTable table, Merge merge, CancellationToken cancellationToken)
    {
        var (name, column) = (table.Name, table.Column);
        if (table.OnMerge == RowsOnMerge.Move)
        {
            await ExecuteAsync(
                work,
                $"""
                UPDATE {name} SET {column} = $3 FROM lead_merge_rows
                WHERE merge_id = $1 AND table_name = '{name}' AND {column} = $2 AND row_key = jsonb_build_array({QualifyKey(table)})
                """,
                merge,
                cancellationToken);
        }
        else if (table.OnMerge == RowsOnMerge.Join)
        {
            await ExecuteAsync(work, $"DELETE FROM {name} WHERE {column} = $2 AND $1 IS NOT NULL AND $3 IS NOT NULL", merge, cancellationToken);
            await ExecuteAsync(
                work,
                $"""
                INSERT INTO {name} OVERRIDING SYSTEM VALUE
                SELECT (jsonb_populate_record(NULL::{name}, saved)).* FROM lead_merge_rows
                WHERE merge_id = $1 AND table_name = '{name}' AND $2 IS NOT NULL AND $3 IS NOT NULL
                """,
                merge,
                cancellationToken);
        }
    }

    private static string QualifyKey(LeadTable table) =>
        string.Join(", ", table.Key.Split(", ").Select(column => $"{table.Name}.{column}"));

    private static Task TakeMissingColumnsAsync(UnitOfWork work, Merge merge, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", LeadTables.TakenIfMissing.Select(column => $"{column} = coalesce(stays.{column}, gone.{column})"));
        return ExecuteAsync(
            work, $"UPDATE leads AS stays SET {columns} FROM leads AS gone WHERE stays.id = $2 AND gone.id = $3 AND $1 IS NOT NULL", merge, cancellationToken);
    }

    private static async Task<Dictionary<string, long>> CountRowsAsync(UnitOfWork work, Guid lead, CancellationToken cancellationToken)
    {
        var counted = LeadTables.All.Where(table => table is { OnMerge: not RowsOnMerge.Stay, ChangesByItself: false });
        await using var command = work.CreateCommand(string.Join(
            "\nUNION ALL\n", counted.Select(table => $"SELECT '{table.Name}', count(*) FROM {table.Name} WHERE {table.Column} = $1")));
        command.Parameters.AddUuid(lead);
        var counts = await command.ReadAllAsync(row => (Table: row.GetString(0), Count: row.GetInt64(1)), cancellationToken);
        return counts.ToDictionary(count => count.Table, count => count.Count);
    }

    private static async Task ExecuteAsync(UnitOfWork work, string sql, Guid id, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddUuid(id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // $1 is the merge, $2 the lead that stays, $3 the lead that is gone.
    private static async Task ExecuteAsync(UnitOfWork work, string sql, Merge merge, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddUuid(merge.MergeId);
        command.Parameters.AddUuid(merge.LeadId);
        command.Parameters.AddUuid(merge.MergedLeadId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Merge?> FindAsync(UnitOfWork work, string sql, Guid id, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(sql);
        command.Parameters.AddUuid(id);
        var found = await command.ReadAllAsync(ReadMerge, cancellationToken);
        return found.SingleOrDefault();
    }

    private static Merge ReadMerge(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetGuid(1),
        row.GetGuid(2),
        row.GetTextOrNull(3),
        row.GetString(4),
        row.GetTimeOrNull(5)!.Value,
        row.GetTextOrNull(6),
        row.GetTimeOrNull(7));
}
