namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The notes of people.</summary>
internal sealed class NoteEntries : ITimelineSource
{
    public string Name => "note";

    public string At => "note.created_at";

    public string Key => "note.id::text";

    public string DeliveryId => "NULL";

    public string Data => $"""
        json_build_object(
            'noteId', note.id, 'author', note.author, 'text', note.text, 'pinned', note.is_pinned, 'editedBy', note.edited_by,
            'updatedAt', {TimelineSql.Time("note.updated_at")})
        """;

    public string Rows => "FROM lead_notes AS note WHERE note.lead_id = $1";
}
