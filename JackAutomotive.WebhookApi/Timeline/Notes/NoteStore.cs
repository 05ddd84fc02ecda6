using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary>A note on a lead.</summary>
/// <param name="Id">The id.</param>
/// <param name="LeadId">The lead.</param>
/// <param name="Author">The name of the API key that wrote the note.</param>
/// <param name="Text">The words.</param>
/// <param name="Pinned">Whether the note is shown first.</param>
/// <param name="EditedBy">The name of the API key that last changed the note; null if nobody did.</param>
/// <param name="CreatedAt">When the note was written.</param>
/// <param name="UpdatedAt">When the note last changed.</param>
internal sealed record NoteDetails(
    Guid Id,
    Guid LeadId,
    string Author,
    string Text,
    bool Pinned,
    string? EditedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>
/// Stores notes. The lead's log only says that there is a note and who wrote it, never the words, so that a removed note is gone. The caller
/// of a method that changes anything must hold the lead's lock.
/// </summary>
internal sealed class NoteStore(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = "id, lead_id, author, text, is_pinned, edited_by, created_at, updated_at";

    private const string AddSql = """
        INSERT INTO lead_notes (id, lead_id, author, text, is_pinned, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
        """;

    private const string FindSql = $"SELECT {Columns} FROM lead_notes WHERE lead_id = $1 AND id = $2";

    private const string ListSql = $"""
        SELECT {Columns} FROM lead_notes
        WHERE lead_id = $1
            AND ($2::uuid IS NULL OR (is_pinned, created_at, id) < (SELECT is_pinned, created_at, id FROM lead_notes WHERE id = $2))
        ORDER BY is_pinned DESC, created_at DESC, id DESC LIMIT $3
        """;

    private const string UpdateSql = "UPDATE lead_notes SET text = $2, is_pinned = $3, edited_by = $4, updated_at = $5 WHERE id = $1";

    private const string RemoveSql = "DELETE FROM lead_notes WHERE lead_id = $1 AND id = $2";

    /// <summary>Finds a note of a lead. Returns null if there is none.</summary>
    public async Task<NoteDetails?> FindAsync(LeadId lead, Guid id, CancellationToken cancellationToken) =>
        await FindAsync(database.CreateCommand, lead, id, cancellationToken);

    /// <summary>Lists a lead's notes: pinned ones first, then the newest first.</summary>
    public async Task<List<NoteDetails>> ListAsync(LeadId lead, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadNote, cancellationToken);
    }

    /// <summary>Adds a note and raises its event.</summary>
    public async Task<NoteDetails> AddAsync(UnitOfWork work, LeadId lead, NoteChange note, string author, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var details = new NoteDetails(Guid.CreateVersion7(now), lead.Value, author, note.Text!, note.IsPinned ?? false, null, now, now);
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddUuid(details.Id);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(author);
        command.Parameters.AddText(details.Text);
        command.Parameters.AddBoolean(details.Pinned);
        command.Parameters.AddTimestamp(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
        work.Raise(lead, LeadEventTypes.NoteAdded, now, new { NoteId = details.Id, Author = author, details.Pinned });
        return details;
    }

    /// <summary>Changes a note, and raises an event if that changes anything. Returns null if the lead has no such note.</summary>
    public async Task<NoteDetails?> ChangeAsync(
        UnitOfWork work,
        LeadId lead,
        Guid id,
        NoteChange change,
        string person,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(work.CreateCommand, lead, id, cancellationToken) is not { } before)
        {
            return null;
        }

        var after = before with { Text = change.Text ?? before.Text, Pinned = change.IsPinned ?? before.Pinned };
        if (after == before)
        {
            return before;
        }

        var now = time.GetUtcNow();
        after = after with { EditedBy = person, UpdatedAt = now };
        await using var command = work.CreateCommand(UpdateSql);
        command.Parameters.AddUuid(id);
        command.Parameters.AddText(after.Text);
        command.Parameters.AddBoolean(after.Pinned);
        command.Parameters.AddText(person);
        command.Parameters.AddTimestamp(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
        work.Raise(lead, LeadEventTypes.NoteChanged, now, new
        {
            NoteId = id,
            TextChanged = after.Text != before.Text,
            after.Pinned,
            ChangedBy = person,
        });
        return after;
    }

    /// <summary>Removes a note and raises its event. Returns false if the lead has no such note.</summary>
    public async Task<bool> RemoveAsync(UnitOfWork work, LeadId lead, Guid id, string person, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(RemoveSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddUuid(id);
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        work.Raise(lead, LeadEventTypes.NoteRemoved, time.GetUtcNow(), new { NoteId = id, RemovedBy = person });
        return true;
    }

    private static async Task<NoteDetails?> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId lead,
        Guid id,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(FindSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddUuid(id);
        return (await command.ReadAllAsync(ReadNote, cancellationToken)).SingleOrDefault();
    }

    private static NoteDetails ReadNote(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetGuid(1),
        row.GetString(2),
        row.GetString(3),
        row.GetBoolean(4),
        row.GetTextOrNull(5),
        row.GetTimeOrNull(6)!.Value,
        row.GetTimeOrNull(7)!.Value);
}
