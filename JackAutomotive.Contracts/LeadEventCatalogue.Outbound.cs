namespace JackAutomotive.Contracts;

// Events of texts and calls that go out.
public static partial class LeadEventCatalogue
{
    private const string JobExample = "01890a5d-ac96-774b-bcce-b302099a8059";

    private static EventField JobId => new("jobId", "uuid", "The text or call; GET /api/outbound/{jobId} shows it with every attempt.");

    private static EventDescription[] OutboundEvents() =>
    [
        new(LeadEventTypes.OutboundUpdated, EventKind.Log,
            "A text or a call to the lead has a new state: queued, held by a gate, unknown while the provider is asked, done, failed or withdrawn.",
            [
                JobId,
                new("kind", "string", "text or call."),
                new("state", "string", "queued, held, unknown, done, failed or withdrawn."),
                Optional("reason", "string", "Why, in words."),
                Optional("gate", "string", "The gate that holds or withdrew it: quiet_hours, opted_out and others."),
                Optional("dueAt", "time", "When it goes out at the earliest; null for at once or never."),
                Optional("causedBy", "uuid", "The text or call from which a rule made this one."),
            ],
            Example(
                LeadEventTypes.OutboundUpdated,
                $$"""
                {"jobId":"{{JobExample}}","kind":"text","state":"held","reason":"It is night where the lead may be.","gate":"quiet_hours",
                "dueAt":"2026-11-23T13:00:00Z","causedBy":null}
                """)),

        new(LeadEventTypes.SmsSent, EventKind.Log, "Twilio has accepted a text to the lead. Its delivery follows as message_status.",
            [
                JobId,
                new("attempt", "number", "The number of the attempt, from 1."),
                new("messageSid", "string", "Twilio's id of the message."),
                new("channel", "string", "sms, whatsapp, rcs, messenger and others."),
                Optional("from", "string", "Our number, E.164; null while a messaging service has not chosen it."),
                new("to", "string", "The customer's number, E.164, or an address such as messenger:123."),
                new("body", "string", "The text; may be empty with media."),
                new("media", "array of object", "Attachments in order, each with url."),
            ],
            Example(
                LeadEventTypes.SmsSent,
                $$"""
                {"jobId":"{{JobExample}}","attempt":1,"messageSid":"{{MessageSidExample}}","channel":"sms","from":"+12025550100",
                "to":"+12025550123","body":"Your car is ready.","media":[]}
                """)),

        new(LeadEventTypes.CallRequested, EventKind.Log, "ElevenLabs has accepted a call to the lead: the agent dials.",
            [
                JobId,
                new("attempt", "number", "The number of the attempt, from 1."),
                Optional("conversationId", "string", "ElevenLabs' id of the conversation."),
                Optional("callSid", "string", "Twilio's id of the call."),
                Optional("reason", "string", "Why the lead is called, if the request said it."),
            ],
            Example(
                LeadEventTypes.CallRequested,
                $$"""
                {"jobId":"{{JobExample}}","attempt":1,"conversationId":"conv_1","callSid":"{{CallSidExample}}","reason":"The customer asked for a call."}
                """)),
    ];
}
