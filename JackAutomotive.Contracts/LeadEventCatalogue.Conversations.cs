namespace JackAutomotive.Contracts;

// Events of conversations with the voice agent.
public static partial class LeadEventCatalogue
{
    private static EventField ConversationId => new("conversationId", "string", "ElevenLabs' id of the conversation.");

    private static EventField Duration => Optional("durationSeconds", "number", "The duration in seconds; null if it is not known.");

    private static EventField Revision => new("revision", "number", "1 for the first analysis, one more for each newer one that replaces it.");

    private static EventDescription[] ConversationEvents() =>
    [
        new(LeadEventTypes.CallInitiated, EventKind.Log,
            "A conversation with the voice agent begins, or is about to begin because the telephone rings.",
            [
                Optional("conversationId", "string", "ElevenLabs' id of the conversation."),
                Optional("callSid", "string", "Twilio's id of the call."),
                Optional("direction", "string", "inbound, if the telephone rings here."),
                Optional("startedAt", "time", "When the conversation began, if it has."),
            ],
            Example(LeadEventTypes.CallInitiated, $$"""{"conversationId":"conv_1","callSid":"{{CallSidExample}}","direction":"inbound"}""")),

        Line(LeadEventTypes.ConversationUser, "The lead said a line in a live conversation.", "user", "Is it still for sale?"),
        Line(LeadEventTypes.ConversationAgent, "The agent said a line in a live conversation.", "agent", "It is."),
        Line(
            LeadEventTypes.ConversationAgentCorrected,
            "Corrects an earlier line of the agent that was cut short or spoken differently; the new words replace the line with the same eventId.",
            "agent",
            "It is, and"),

        new(LeadEventTypes.Interruption, EventKind.Log, "The lead interrupted the agent.",
            [ConversationId, Optional("eventId", "string", "The provider's id of the line that was cut short.")],
            Example(LeadEventTypes.Interruption, """{"conversationId":"conv_1","eventId":"4"}""")),

        new(LeadEventTypes.SilenceDetected, EventKind.Log, "Neither the lead nor the agent spoke for a while.",
            [ConversationId, Optional("seconds", "number", "The duration of the silence in seconds.")],
            Example(LeadEventTypes.SilenceDetected, """{"conversationId":"conv_1","seconds":6.5}""")),

        new(LeadEventTypes.CallCompleted, EventKind.Log, "A conversation with the voice agent ended, or is assumed ended.",
            [
                ConversationId,
                Optional("callSid", "string", "Twilio's id of the call."),
                new("status", "string", "ended, or assumed ended if no end was reported for too long."),
                Optional("startedAt", "time", "When it began."),
                new("endedAt", "time", "When it ended."),
                Duration,
                Optional("reason", "string", "Why it ended, in the provider's words."),
                new("lines", "number", "How many things were said."),
                new("interruptions", "number", "How often the lead interrupted the agent."),
                new("silenceSeconds", "number", "The total silence in seconds."),
                Optional("talkRatio", "number", "The agent's share of the words, 0 to 1."),
            ],
            Example(
                LeadEventTypes.CallCompleted,
                $$"""
                {"conversationId":"conv_1","callSid":"{{CallSidExample}}","status":"ended","startedAt":"2026-11-23T11:59:00Z",
                "endedAt":"2026-11-23T12:00:00Z","durationSeconds":60,"reason":"user_hung_up","lines":12,"interruptions":1,
                "silenceSeconds":6.5,"talkRatio":0.6}
                """)),

        new(LeadEventTypes.CallFailed, EventKind.Log, "An outbound call of the agent failed: busy, not answered, or an error.",
            [
                ConversationId,
                Optional("callSid", "string", "Twilio's id of the call."),
                new("reason", "string", "The reason in ElevenLabs' terms: busy, no-answer or unknown."),
                Optional("sipResponseCode", "string", "The SIP response code, if the network reported one."),
                Optional("errorReason", "string", "The error text of the network."),
                .. Outcome(),
            ],
            Example(
                LeadEventTypes.CallFailed,
                $$"""
                {"conversationId":"conv_1","callSid":"{{CallSidExample}}","reason":"busy","sipResponseCode":"486","errorReason":null,
                "outcome":"busy","outcomeReason":"The line was busy (SIP 486 Busy Here).","mechanism":"busy_signal"}
                """)),

        new(LeadEventTypes.TranscriptAdded, EventKind.Log,
            "The transcript of a finished call is available; read its turns from GET /api/leads/{id}.",
            [
                ConversationId,
                new("turns", "number", "How many things were said."),
                Optional("direction", "string", "inbound or outbound."),
                Optional("startedAt", "time", "When the call began."),
                Duration,
                new("matchedBy", "string", "The clue that identified the lead: lead id, conversation, call, phone, said and others."),
                new("contradictions", "array of object", "Weaker clues that name another lead, each with clue and leadId."),
                Revision,
            ],
            Example(
                LeadEventTypes.TranscriptAdded,
                """
                {"conversationId":"conv_1","turns":12,"direction":"inbound","startedAt":"2026-11-23T11:59:00Z","durationSeconds":60,
                "matchedBy":"phone","contradictions":[],"revision":1}
                """)),

        new(LeadEventTypes.PostCallSummary, EventKind.Log, "The provider's summary and verdict on a finished call.",
            [
                ConversationId,
                Optional("status", "string", "The status in the provider's terms: done, failed."),
                Optional("callResult", "string", "answered, voicemail, no_answer, busy or failed."),
                Optional("callSuccessful", "string", "The provider's verdict: success, failure or unknown."),
                Optional("title", "string", "The summary in a few words."),
                Optional("summary", "string", "The summary."),
                Duration,
                Optional("terminationReason", "string", "Why the call ended, in the provider's words."),
                .. Outcome(),
                Revision,
            ],
            Example(
                LeadEventTypes.PostCallSummary,
                """
                {"conversationId":"conv_1","status":"done","callResult":"answered","callSuccessful":"success","title":"A test drive",
                "summary":"The customer comes on Monday.","durationSeconds":60,"terminationReason":"user_hung_up","outcome":"person",
                "outcomeReason":"A person answered.","mechanism":"lead_hung_up","revision":1}
                """)),
    ];

    private static EventDescription Line(string type, string meaning, string role, string text) => new(type, EventKind.Log, meaning,
        [
            ConversationId,
            new("role", "string", $"Always {role}."),
            new("text", "string", "The words."),
            Optional("eventId", "string", "The provider's id of the line."),
            new("interrupted", "boolean", "The line was cut short."),
        ],
        Example(type, $$"""{"conversationId":"conv_1","role":"{{role}}","text":"{{text}}","eventId":"4","interrupted":false}"""));
}
