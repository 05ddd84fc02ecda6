namespace JackAutomotive.Contracts;

// Events of leads, texts, telephone calls and recordings.
public static partial class LeadEventCatalogue
{
    private const string CallSidExample = "CA00000000000000000000000000000001";
    private const string MessageSidExample = "SM00000000000000000000000000000001";

    private static EventField CallSid => new("callSid", "string", "Twilio's id of the call.");

    private static EventField[] Outcome() =>
    [
        Optional(
            "outcome",
            "string",
            "Whom it reached, or why nobody: person, voicemail, fax, answered, busy, no_answer, declined, canceled, invalid_number, unreachable, "
            + "blocked or failed; null while unknown."),
        Optional("outcomeReason", "string", "The outcome in words."),
        Optional(
            "mechanism",
            "string",
            "How it ended: hung_up, agent_hung_up, lead_hung_up, voicemail_detected, transferred, silence, time_limit, busy_signal, ring_timeout, "
            + "canceled, rejected or error."),
    ];

    private static EventDescription[] LeadEvents() =>
    [
        new(LeadEventTypes.LeadCreated, EventKind.Log, "A new lead was created, for an address that no lead had before or for a hidden caller.",
            [
                Optional("phone", "string", "The number, E.164; null if it is hidden, or if the lead has another address."),
                Optional("address", "string", "The number, or an address of another channel such as messenger:123; null for a hidden caller."),
                new("isClaimed", "boolean", "The caller only said the number; no provider has confirmed it."),
                new("channel", "string", "The channel of the first contact: sms, voice, whatsapp, rcs, messenger and others."),
            ],
            Example(
                LeadEventTypes.LeadCreated,
                """{"phone":"+12025550123","address":"+12025550123","isClaimed":false,"channel":"sms"}""")),

        new(LeadEventTypes.SmsReceived, EventKind.Log, "The customer sent a text or picture message, on any channel.",
            [
                new("messageSid", "string", "Twilio's id of the message."),
                new("channel", "string", "The way that an answer takes: sms, whatsapp, rcs, messenger and others."),
                new("from", "string", "The customer's number, E.164; or a short code, a name or an address such as messenger:123."),
                new("to", "string", "Our number, E.164, or our id on the channel."),
                new("canReply", "boolean", "Whether an answer is possible. A short code and a name cannot be answered."),
                new("body", "string", "The text; may be empty with media."),
                new("media", "array of object", "Attachments in order, each with url and contentType."),
                Optional("optOutType", "string", "STOP, START or HELP, if Twilio understood the text as such."),
            ],
            Example(
                LeadEventTypes.SmsReceived,
                $$"""
                {"messageSid":"{{MessageSidExample}}","channel":"sms","from":"+12025550123","to":"+12025550100","canReply":true,
                "body":"Is it still for sale?","media":[],"optOutType":null}
                """)),

        new(LeadEventTypes.MessageStatus, EventKind.Log,
            "The status of a text advanced: sent, delivered, failed and so on; or the reason of its failure became known. It never moves back.",
            [
                new("messageSid", "string", "Twilio's id of the message."),
                new("status", "string", "The status in Twilio's terms: queued, sent, delivered, undelivered, failed and so on."),
                Optional("errorCode", "string", "Twilio's, if it failed."),
                Optional("errorMessage", "string", "Twilio's, if it failed."),
            ],
            Example(
                LeadEventTypes.MessageStatus,
                $$"""{"messageSid":"{{MessageSidExample}}","status":"delivered","errorCode":null,"errorMessage":null}""")),

        new(LeadEventTypes.CallStatus, EventKind.Log,
            "The status of a telephone call advanced: ringing, answered, ended and so on; or its outcome became known. It never moves back.",
            [
                CallSid,
                new("status", "string", "The status in Twilio's terms: initiated, ringing, in-progress, completed, busy and so on."),
                Optional("direction", "string", "The direction in Twilio's terms: inbound, outbound-api and so on."),
                Optional("ringSeconds", "number", "From the first ring to the answer or the end."),
                Optional("talkSeconds", "number", "From the answer to the end."),
                Optional("answeredBy", "string", "Who answered, if Twilio was asked to detect it: human, a machine and so on."),
                Optional("sipResponseCode", "string", "The SIP response code, if the network reported one."),
                .. Outcome(),
            ],
            Example(
                LeadEventTypes.CallStatus,
                $$"""
                {"callSid":"{{CallSidExample}}","status":"completed","direction":"inbound","ringSeconds":4,"talkSeconds":61,
                "answeredBy":"machine_start","sipResponseCode":null,"outcome":"voicemail",
                "outcomeReason":"A voicemail or an answering machine answered.","mechanism":"hung_up"}
                """)),

        new(LeadEventTypes.RecordingAvailable, EventKind.Log,
            "The recording of a call is complete. Twilio stores it (recordingSid and callSid) or this system (conversationId and url).",
            [
                Optional("recordingSid", "string", "Twilio's id of the recording."),
                Optional("callSid", "string", "Twilio's id of the call."),
                Optional("conferenceSid", "string", "Twilio's id of the conference, if a conference was recorded."),
                Optional("durationSeconds", "number", "How long the recording is."),
                Optional("channels", "number", "1 or 2."),
                Optional("conversationId", "string", "ElevenLabs' id of the conversation."),
                Optional("contentType", "string", "The media type of the audio that this system stores."),
                Optional("bytes", "number", "The size of that audio in bytes."),
                Optional("url", "string", "The path from which to read the audio."),
            ],
            Example(
                LeadEventTypes.RecordingAvailable,
                $$"""{"recordingSid":"RE00000000000000000000000000000001","callSid":"{{CallSidExample}}","durationSeconds":61,"channels":2}""")),
    ];
}
