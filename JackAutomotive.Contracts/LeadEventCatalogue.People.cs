namespace JackAutomotive.Contracts;

// Events of what our own people do with a lead.
public static partial class LeadEventCatalogue
{
    private const string NoteExample = "01936a5e-9b10-7c44-b1d6-0a4e7f2c5d81";
    private const string StaffExample = "01936a5e-a2c7-7f0b-9e35-6d1b8c4f7a02";

    private static EventField NoteId => new("noteId", "uuid", "The note, see GET /api/leads/{id}/notes/{noteId}.");

    private static EventDescription[] PeopleEvents() =>
    [
        new(LeadEventTypes.NoteAdded, EventKind.Log,
            "Somebody wrote a note on the lead. The event does not contain the words, so that a removed note is gone.",
            [
                NoteId,
                new("author", "string", "The name of the API key that wrote the note."),
                new("pinned", "boolean", "The note is shown first."),
            ],
            Example(LeadEventTypes.NoteAdded, $$"""{"noteId":"{{NoteExample}}","author":"console","pinned":false}""")),

        new(LeadEventTypes.NoteChanged, EventKind.Log, "Somebody changed a note.",
            [
                NoteId,
                new("textChanged", "boolean", "The words changed."),
                new("pinned", "boolean", "The note is shown first."),
                new("changedBy", "string", "The name of the API key that changed the note."),
            ],
            Example(LeadEventTypes.NoteChanged, $$"""{"noteId":"{{NoteExample}}","textChanged":true,"pinned":true,"changedBy":"console"}""")),

        new(LeadEventTypes.NoteRemoved, EventKind.Log, "Somebody removed a note.",
            [
                new("noteId", "uuid", "The note, which no longer exists."),
                new("removedBy", "string", "The name of the API key that removed the note."),
            ],
            Example(LeadEventTypes.NoteRemoved, $$"""{"noteId":"{{NoteExample}}","removedBy":"console"}""")),

        new(LeadEventTypes.LabelsChanged, EventKind.Log, "The lead got or lost a label.",
            [
                Optional("added", "string", "The label that the lead got."),
                Optional("removed", "string", "The label that the lead lost."),
                new("labels", "array of string", "All labels of the lead, in alphabetical order."),
                new("changedBy", "string", "The name of the API key that changed the labels."),
            ],
            Example(LeadEventTypes.LabelsChanged, """{"added":"trade-in","removed":null,"labels":["hot","trade-in"],"changedBy":"console"}""")),

        new(LeadEventTypes.LeadAssigned, EventKind.Log, "Another member of staff, or nobody, looks after the lead.",
            [
                Optional("staffId", "uuid", "Who looks after the lead now, see GET /api/staff; null if nobody does."),
                Optional("name", "string", "The name of that person."),
                Optional("previousStaffId", "uuid", "Who looked after the lead before; null if nobody did."),
                Optional("previousName", "string", "The name of that person."),
                new("assignedBy", "string", "The name of the API key that assigned the lead."),
            ],
            Example(
                LeadEventTypes.LeadAssigned,
                $$"""
                {"staffId":"{{StaffExample}}","name":"Ann Lee","previousStaffId":null,"previousName":null,"assignedBy":"console"}
                """)),
    ];
}
