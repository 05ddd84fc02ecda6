namespace JackAutomotive.WebhookApi.Leads;

/// <summary>What happens to the rows of a lead that is merged into another lead.</summary>
internal enum RowsOnMerge
{
    /// <summary>The rows get the id of the lead that stays.</summary>
    Move,

    /// <summary>As <see cref="Move"/>, but the key contains the lead: where both leads have a row with the same key, that of the lead that stays wins.</summary>
    Join,

    /// <summary>The rows stay with the lead that is gone, as its log does.</summary>
    Stay,
}

/// <summary>A table with rows of leads.</summary>
/// <param name="Name">The name of the table.</param>
/// <param name="Key">The columns of the primary key, separated by commas.</param>
/// <param name="OnMerge">What a merge does with the rows. Erasing a lead deletes them.</param>
internal sealed record LeadTable(string Name, string Key, RowsOnMerge OnMerge = RowsOnMerge.Move)
{
    /// <summary>The column with the lead's id.</summary>
    public string Column { get; init; } = "lead_id";

    /// <summary>
    /// The condition for the rows of one call or conversation, which move when a person assigns it to another lead: <c>$1</c> are conversation
    /// ids, <c>$2</c> CallSids. Null if the rows do not belong to a call or a conversation.
    /// </summary>
    public string? OfContact { get; init; }

    /// <summary>
    /// Whether rows come and go without news of the lead: work that waits, and what rules make of the other rows. Then more or fewer rows do not
    /// prevent the undo of a merge.
    /// </summary>
    public bool ChangesByItself { get; init; }

    /// <summary>The columns with a provider's id of a text, a call or a conversation.</summary>
    public string[] ProviderIds { get; init; } = [];

    /// <summary>The columns with a person's address. Erasing a lead also deletes rows without a lead that contain one of the lead's addresses.</summary>
    public string[] Addresses { get; init; } = [];
}

/// <summary>
/// Every table with rows of leads: what merging two leads, assigning a contact to another lead and erasing a lead go through. A table that has a
/// column with a lead's id and is missing here fails <c>LeadTablesTests</c>.
/// </summary>
internal static class LeadTables
{
    /// <summary>The columns of <c>leads</c> that the lead that stays takes from the other one if it has no value of its own.</summary>
    public static readonly string[] TakenIfMissing = ["phone", "name"];

    /// <summary>The columns whose references to a lead stay as they are.</summary>
    public static readonly string[] OtherColumns =
    [
        "event_outbox.lead_id", "lead_merges.gone_id", "lead_merges.stays_id", "erasures.lead_id", "unassigned_contacts.own_lead_id",

        // The foreign key moves the turns with their conversation.
        "conversation_turns.lead_id",
    ];

    private const string CallOfContact = "call_sid = ANY ($2)";
    private const string ConversationOfContact = "conversation_id = ANY ($1)";

    public static readonly IReadOnlyList<LeadTable> All =
    [
        new("lead_events", "lead_id, seq", RowsOnMerge.Stay),
        new("lead_addresses", "kind, address"),
        new("shared_addresses", "kind, address, lead_id", RowsOnMerge.Join),
        new("unassigned_contacts", "id") { ProviderIds = ["conversation_id", "call_sid"] },
        new("messages", "id") { ProviderIds = ["message_sid"], Addresses = ["from_number", "to_number", "sender", "recipient"] },
        new("calls", "call_sid") { OfContact = CallOfContact, ProviderIds = ["call_sid"], Addresses = ["from_number", "to_number"] },
        new("recordings", "recording_sid")
        {
            Column = "conference_lead_id",
            OfContact = "conference_sid IN (SELECT conference_sid FROM call_conferences WHERE call_sid = ANY ($2))",
            ProviderIds = ["recording_sid"],
        },
        new("call_failures", "conversation_id") { OfContact = ConversationOfContact, ProviderIds = ["conversation_id", "call_sid"] },
        new("conversations", "conversation_id") { OfContact = ConversationOfContact, ProviderIds = ["conversation_id", "call_sid"] },
        new("live_conversations", "conversation_id")
        {
            OfContact = ConversationOfContact, ProviderIds = ["conversation_id", "call_sid"], Addresses = ["external_number"],
        },
        new("initiation_sessions", "call_sid")
        {
            OfContact = CallOfContact, ProviderIds = ["call_sid", "conversation_id"], Addresses = ["caller"],
        },
        new("conversation_audio", "conversation_id") { OfContact = ConversationOfContact, ProviderIds = ["conversation_id"] },
        new("analysis_queue", "id") { OfContact = "kind = 'call' AND subject = ANY ($1)", ChangesByItself = true },
        new("action_items", "id")
        {
            OfContact = "analysis_id IN (SELECT id FROM conversation_analyses WHERE kind = 'call' AND subject = ANY ($1))",
        },
        new("conversation_analyses", "id") { OfContact = "kind = 'call' AND subject = ANY ($1)" },
        new("opt_out_detections", "kind, source, turn") { OfContact = "kind = 'call' AND source = ANY ($1)" },
        new("lead_sentiments", "lead_id", RowsOnMerge.Join),
        new("lead_contacts", "lead_id", RowsOnMerge.Join),
        new("lead_notes", "id"),
        new("lead_labels", "lead_id, label", RowsOnMerge.Join),
        new("lead_assignees", "lead_id", RowsOnMerge.Join),
        new("lead_history", "id") { ChangesByItself = true },
        new("lead_profile_values", "lead_id, field, source, conversation_id", RowsOnMerge.Join),
        new("lead_profile_fields", "lead_id, field", RowsOnMerge.Join),
        new("lead_statuses", "lead_id", RowsOnMerge.Join) { ChangesByItself = true },
        new("lead_documents", "lead_id, kind", RowsOnMerge.Join),
        new("lead_scores", "lead_id", RowsOnMerge.Join),
        new("consent_entries", "id") { Addresses = ["address"] },
        new("outbound_decisions", "id") { Addresses = ["address"] },
        new("outbound_jobs", "id"),
    ];
}
