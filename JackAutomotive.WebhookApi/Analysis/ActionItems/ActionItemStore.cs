using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary>Stores action items. A repeated analysis updates its own items; a person's changes win over it.</summary>
internal sealed class ActionItemStore(TimeProvider time)
{
    private const string FindSql = """
        SELECT id, turn, message_sid, coalesce(found_owner, owner), text, owner, due_at, state, snoozed_until, edited_by, edited_at
        FROM action_items WHERE analysis_id = $1 ORDER BY id
        """;

    private const string AddSql = """
        INSERT INTO action_items (
            id, lead_id, analysis_id, turn, message_sid, text, owner, due_at, due_offset, evidence, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11, $11)
        """;

    // An item that was withdrawn and is found again is open again.
    private const string UpdateSql = """
        UPDATE action_items SET
            lead_id = $2, turn = $3, message_sid = $4, text = $5, due_at = $6, due_offset = $7, evidence = $8::json, state = $9, updated_at = $10
        WHERE id = $1
        """;

    private const string WithdrawSql = "UPDATE action_items SET state = 'withdrawn', updated_at = $2 WHERE id = $1";

    private const string FindLeadSql = "SELECT lead_id FROM action_items WHERE id = $1";

    private const string FindStateSql = """
        SELECT owner, due_at, state, snoozed_until, edited_by, text FROM action_items WHERE id = $1
        """;

    private const string ChangeSql = """
        UPDATE action_items SET
            state = $2, snoozed_until = $3, found_owner = coalesce(found_owner, owner), owner = $4, edited_by = $5, edited_at = $6, updated_at = $6
        WHERE id = $1
        """;

    /// <summary>Stores the items of an analysis, and raises an event for each new, changed or withdrawn item.</summary>
    public async Task SaveAsync(
        UnitOfWork work,
        AnalysisSource source,
        Guid analysis,
        IReadOnlyList<ActionItem> found,
        CancellationToken cancellationToken)
    {
        var stored = await FindAsync(work, analysis, cancellationToken);
        var matches = ActionItemMatching.Match([.. stored.Select(item => item.ToKnown(source))], found);
        for (var i = 0; i < found.Count; i++)
        {
            if (matches[i] is { } id)
            {
                await UpdateAsync(work, source, stored.Single(item => item.Id == id), found[i], cancellationToken);
            }
            else
            {
                await AddAsync(work, source, analysis, found[i], cancellationToken);
            }
        }

        foreach (var item in stored.Where(item => !matches.Contains(item.Id) && item is { State: "open", EditedAt: null }))
        {
            await WithdrawAsync(work, source, item, cancellationToken);
        }
    }

    /// <summary>Applies a person's change. Returns the item's lead, or null if there is no such item.</summary>
    public async Task<LeadId?> ChangeAsync(UnitOfWork work, Guid id, ActionItemChange change, string person, CancellationToken cancellationToken)
    {
        await using var findLead = work.CreateCommand(FindLeadSql);
        findLead.Parameters.AddUuid(id);
        if (await findLead.ExecuteScalarAsync(cancellationToken) is not Guid leadId)
        {
            return null;
        }

        // The lead's lock comes first, as in every transaction that stores an analysis.
        var lead = new LeadId(leadId);
        await AnalysisStore.LockLeadAsync(work, lead, cancellationToken);
        await using var find = work.CreateCommand(FindStateSql);
        find.Parameters.AddUuid(id);
        var rows = await find.ReadAllAsync(
            row => new ItemState(
                row.GetString(0), row.GetTimeOrNull(1), row.GetString(2), row.GetTimeOrNull(3), row.GetTextOrNull(4), row.GetString(5)),
            cancellationToken);
        if (rows is not [var before])
        {
            return null;
        }

        var after = change.ApplyTo(before) with { EditedBy = person };
        if (after with { EditedBy = before.EditedBy } == before)
        {
            return lead;
        }

        var now = time.GetUtcNow();
        await using var update = work.CreateCommand(ChangeSql);
        update.Parameters.AddUuid(id);
        update.Parameters.AddText(after.State);
        update.Parameters.AddTimestamp(after.SnoozedUntil);
        update.Parameters.AddText(after.Owner);
        update.Parameters.AddText(person);
        update.Parameters.AddTimestamp(now);
        await update.ExecuteNonQueryAsync(cancellationToken);
        RaiseUpdated(work, lead, id, after, now);
        return lead;
    }

    private static Task<List<StoredItem>> FindAsync(UnitOfWork work, Guid analysis, CancellationToken cancellationToken)
    {
        var command = work.CreateCommand(FindSql);
        command.Parameters.AddUuid(analysis);
        return command.ReadAllAsync(
            row => new StoredItem(
                row.GetGuid(0),
                row.GetInt32(1),
                row.GetTextOrNull(2),
                row.GetString(3),
                row.GetString(4),
                row.GetString(5),
                row.GetTimeOrNull(6),
                row.GetString(7),
                row.GetTimeOrNull(8),
                row.GetTextOrNull(9),
                row.GetTimeOrNull(10)),
            cancellationToken);
    }

    private async Task AddAsync(UnitOfWork work, AnalysisSource source, Guid analysis, ActionItem item, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddUuid(id);
        add.Parameters.AddUuid(source.Lead.Value);
        add.Parameters.AddUuid(analysis);
        add.Parameters.AddInteger(item.Turn);
        add.Parameters.AddText(source.MessageSidOf(item.Turn));
        add.Parameters.AddText(item.Text);
        add.Parameters.AddText(ActionItemMatching.NameOf(item.Owner));
        AddDue(add, item.DueAt);
        add.Parameters.AddText(AnalysisJson.Write(item.Evidence));
        add.Parameters.AddTimestamp(now);
        await add.ExecuteNonQueryAsync(cancellationToken);

        work.Raise(source.Lead, LeadEventTypes.ActionItemCreated, source.TimeOf(item.Turn), new
        {
            ItemId = id,
            AnalysisId = analysis,
            Channel = source.ChannelOf(item.Turn),
            source.ConversationId,
            MessageSid = source.MessageSidOf(item.Turn),
            item.Turn,
            item.Text,
            item.Owner,
            item.DueAt,
        });
    }

    private async Task UpdateAsync(UnitOfWork work, AnalysisSource source, StoredItem stored, ActionItem item, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var state = stored is { State: "withdrawn", EditedAt: null } ? "open" : stored.State;
        await using var update = work.CreateCommand(UpdateSql);
        update.Parameters.AddUuid(stored.Id);
        update.Parameters.AddUuid(source.Lead.Value);
        update.Parameters.AddInteger(item.Turn);
        update.Parameters.AddText(source.MessageSidOf(item.Turn));
        update.Parameters.AddText(item.Text);
        AddDue(update, item.DueAt);
        update.Parameters.AddText(AnalysisJson.Write(item.Evidence));
        update.Parameters.AddText(state);
        update.Parameters.AddTimestamp(now);
        await update.ExecuteNonQueryAsync(cancellationToken);

        if (state != stored.State || item.Text != stored.Text || !IsSameTime(item.DueAt, stored.DueAt))
        {
            var after = new ItemState(stored.Owner, item.DueAt, state, stored.SnoozedUntil, stored.EditedBy, item.Text);
            RaiseUpdated(work, source.Lead, stored.Id, after, now);
        }
    }

    private async Task WithdrawAsync(UnitOfWork work, AnalysisSource source, StoredItem item, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var withdraw = work.CreateCommand(WithdrawSql);
        withdraw.Parameters.AddUuid(item.Id);
        withdraw.Parameters.AddTimestamp(now);
        await withdraw.ExecuteNonQueryAsync(cancellationToken);
        RaiseUpdated(
            work, source.Lead, item.Id, new ItemState(item.Owner, item.DueAt, "withdrawn", item.SnoozedUntil, item.EditedBy, item.Text), now);
    }

    private static void RaiseUpdated(UnitOfWork work, LeadId lead, Guid id, ItemState item, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.ActionItemUpdated, at, new
        {
            ItemId = id,
            item.Text,
            item.State,
            item.Owner,
            item.DueAt,
            item.SnoozedUntil,
            item.EditedBy,
            UpdatedAt = at,
        });

    // Postgres stores microseconds.
    private static bool IsSameTime(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other is null : other is not null && (one - other).Value.Duration() < TimeSpan.FromMilliseconds(1);

    private static void AddDue(NpgsqlCommand command, DateTimeOffset? dueAt)
    {
        command.Parameters.AddTimestamp(dueAt);
        command.Parameters.Add(new NpgsqlParameter { Value = dueAt is { } due ? due.Offset : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval });
    }

    // The owner that was found is matched; the owner that a person chose is shown.
    private sealed record StoredItem(
        Guid Id,
        int Turn,
        string? MessageSid,
        string FoundOwner,
        string Text,
        string Owner,
        DateTimeOffset? DueAt,
        string State,
        DateTimeOffset? SnoozedUntil,
        string? EditedBy,
        DateTimeOffset? EditedAt)
    {
        // Late texts move the later turns of a text conversation.
        public KnownActionItem ToKnown(AnalysisSource source) => new(
            Id, MessageSid is null ? Turn : source.MessageSids.ToList().IndexOf(MessageSid), FoundOwner, Text);
    }
}
