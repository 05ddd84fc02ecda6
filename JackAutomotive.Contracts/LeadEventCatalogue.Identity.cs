namespace JackAutomotive.Contracts;

// Events of people's decisions about who a lead is.
public static partial class LeadEventCatalogue
{
    private const string OtherLeadExample = "01936a61-02f0-7b52-8d1c-9b7a4e5f6a07";
    private const string MergeIdExample = "01936a70-5b1e-7c0d-a2f3-4c5d6e7f8091";

    private static EventField MergeId => new("mergeId", "uuid", "The merge.");

    private static EventField MergedBy => new("mergedBy", "string", "The name of the API key that merged the leads.");

    private static EventField MergeReason => Optional("reason", "string", "Why, in that person's words.");

    private static EventDescription[] IdentityEvents() =>
    [
        new(LeadEventTypes.LeadMerged, EventKind.Log,
            "Another lead was merged into this lead, which now has the rows of both: read the lead again. This log goes on without a gap.",
            [MergeId, new("mergedLeadId", "uuid", "The lead that is gone."), MergedBy, MergeReason],
            Example(
                LeadEventTypes.LeadMerged,
                $$"""{"mergeId":"{{MergeIdExample}}","mergedLeadId":"{{OtherLeadExample}}","mergedBy":"console","reason":"the same person"}""")),

        new(LeadEventTypes.LeadMergedInto, EventKind.Log,
            "The lead was merged into another lead. The last event of the stream: watch the other lead. A later request is answered 410.",
            [MergeId, new("mergedInto", "uuid", "The lead that stays."), MergedBy, MergeReason],
            Example(
                LeadEventTypes.LeadMergedInto,
                $$"""{"mergeId":"{{MergeIdExample}}","mergedInto":"{{OtherLeadExample}}","mergedBy":"console","reason":null}""")),

        new(LeadEventTypes.LeadMergeUndone, EventKind.Log,
            "A merge was undone. Both leads have their own rows again, and this event is in the logs of both.",
            [
                MergeId,
                new("otherLeadId", "uuid", "The other lead of the merge."),
                new("undoneBy", "string", "The name of the API key that undid the merge."),
            ],
            Example(
                LeadEventTypes.LeadMergeUndone,
                $$"""{"mergeId":"{{MergeIdExample}}","otherLeadId":"{{OtherLeadExample}}","undoneBy":"console"}""")),

        new(LeadEventTypes.ContactAssigned, EventKind.Log,
            "A person decided whose call or conversation it is. In the logs of the lead that gets it and of the lead that had it.",
            [
                new("contactId", "uuid", "The entry of GET /api/leads/unassigned."),
                Optional("conversationId", "string", "ElevenLabs' id of the conversation."),
                Optional("callSid", "string", "Twilio's id of the call."),
                new("fromLeadId", "uuid", "The lead that had it."),
                new("toLeadId", "uuid", "The lead that gets it; the same lead if the person confirms it."),
                new("assignedBy", "string", "The name of the API key that decided."),
            ],
            Example(
                LeadEventTypes.ContactAssigned,
                $$"""
                {"contactId":"{{MergeIdExample}}","conversationId":"conv_1","callSid":"{{CallSidExample}}","fromLeadId":"{{OtherLeadExample}}",
                "toLeadId":"{{LeadExample}}","assignedBy":"console"}
                """)),
    ];
}
