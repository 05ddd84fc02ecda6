namespace JackAutomotive.Contracts;

// Events of the analysis of conversations.
public static partial class LeadEventCatalogue
{
    private const string AnalysisIdExample = "01936a5e-8d52-7a10-8c41-5f2e0b7c3d19";

    private static EventField AnalysisId => new("analysisId", "uuid", "The analysis, see GET /api/leads/{id}/analyses.");

    private static EventField Channel => new("channel", "string", "voice, sms, whatsapp and others.");

    private static EventField CallConversation => Optional("conversationId", "string", "ElevenLabs' id of the conversation; null for texts.");

    private static EventField TextMessage => Optional("messageSid", "string", "Twilio's id of the text; null for a call.");

    private static EventField Owner => new("owner", "string", "Who has to act: customer or staff.");

    private static EventField DueAt => Optional("dueAt", "time", "When it is due, in the customer's time zone; null if no time was said.");

    private static EventDescription[] AnalysisEvents() =>
    [
        new(LeadEventTypes.ConversationInsights, EventKind.Log,
            "What a call or a run of texts means, as our own analysis found it. Sent again only when a repeated analysis finds something else.",
            [
                AnalysisId,
                Channel,
                CallConversation,
                new("label", "string", "What the customer feels in the end: negative, neutral or positive."),
                new("score", "number", "The same from -1 to 1."),
                new("intents", "array of object", "Each intent once, with name, objection (its kind, or null) and turns, the number of turns."),
                new("keyPhrases", "array of object", "Each with text and count, most important first."),
                new("actionItems", "number", "How many action items were found."),
                new("quality", "number", "How well the dealership's side led the conversation, from 0 to 100."),
                new("turns", "number", "How many turns were analysed."),
                new("engine", "string", "The engine: rules or model."),
                new("version", "string", "The version of the engine."),
                new("fallback", "boolean", "The rules stood in for the configured model."),
                Revision,
            ],
            Example(
                LeadEventTypes.ConversationInsights,
                $$"""
                {"analysisId":"{{AnalysisIdExample}}","channel":"voice","conversationId":"conv_1","label":"positive","score":0.6,
                "intents":[{"name":"callback_request","objection":null,"turns":1}],"keyPhrases":[{"text":"trade-in","count":2}],"actionItems":1,
                "quality":70,"turns":12,"engine":"rules","version":"1.0","fallback":false,"revision":1}
                """)),

        new(LeadEventTypes.LeadSentimentChanged, EventKind.Log,
            "The lead's sentiment changed: that of the newest conversation. A lead without an analysis is neutral.",
            [
                new("label", "string", "negative, neutral or positive."),
                new("previous", "string", "The label before."),
                new("score", "number", "From -1 to 1."),
                AnalysisId,
                Revision,
            ],
            Example(
                LeadEventTypes.LeadSentimentChanged,
                $$"""{"label":"negative","previous":"neutral","score":-0.7,"analysisId":"{{AnalysisIdExample}}","revision":1}""")),

        new(LeadEventTypes.ActionItemCreated, EventKind.Log, "Somebody agreed or was asked to do something. Sent once for each item.",
            [
                new("itemId", "uuid", "The item, see GET /api/leads/{id}/action-items."),
                AnalysisId,
                Channel,
                CallConversation,
                TextMessage,
                new("turn", "number", "The turn that states the item, from 0."),
                new("text", "string", "What is to be done."),
                Owner,
                DueAt,
            ],
            Example(
                LeadEventTypes.ActionItemCreated,
                $$"""
                {"itemId":"{{AnalysisIdExample}}","analysisId":"{{AnalysisIdExample}}","channel":"voice","conversationId":"conv_1",
                "messageSid":null,"turn":3,"text":"Call the customer: \"call me tomorrow at five\"","owner":"staff",
                "dueAt":"2026-11-24T17:00:00-06:00"}
                """)),

        new(LeadEventTypes.ActionItemUpdated, EventKind.Log, "A person or a repeated analysis changed an action item.",
            [
                new("itemId", "uuid", "The item."),
                new("text", "string", "What is to be done."),
                new("state", "string", "open, done or withdrawn."),
                Owner,
                DueAt,
                Optional("snoozedUntil", "time", "The time until which a person lets the item rest."),
                Optional("editedBy", "string", "The name of the API key that last changed the item."),
                new("updatedAt", "time", "When the item changed."),
            ],
            Example(
                LeadEventTypes.ActionItemUpdated,
                $$"""
                {"itemId":"{{AnalysisIdExample}}","text":"Call the customer: \"call me tomorrow at five\"","state":"done","owner":"staff",
                "dueAt":"2026-11-24T23:00:00+00:00","snoozedUntil":null,"editedBy":"console","updatedAt":"2026-11-24T12:00:00+00:00"}
                """)),

        new(LeadEventTypes.OptOutDetected, EventKind.Log, "The lead asked that all contact ends, in any wording, by text or by voice.",
            [
                Channel,
                CallConversation,
                TextMessage,
                Optional("turn", "number", "The turn of the conversation, from 0; null for a text."),
                new("evidence", "array of object", "The words, each with start, length (in UTF-16 code units of the turn) and text."),
                Optional("deliveryId", "number", "The delivery that brought the words, see GET /api/deliveries/{id}."),
                new("engine", "string", "The engine: rules or model."),
                new("version", "string", "The version of the engine."),
            ],
            Example(
                LeadEventTypes.OptOutDetected,
                $$"""
                {"channel":"sms","conversationId":null,"messageSid":"{{MessageSidExample}}","turn":null,
                "evidence":[{"start":7,"length":15,"text":"stop texting me"}],"deliveryId":4711,"engine":"rules","version":"1.0"}
                """)),

        new(LeadEventTypes.ConsentChanged, EventKind.Log,
            "The lead's consent changed: the lead opted out or in again, a carrier reported it, or staff recorded it.",
            [
                new("entryId", "uuid", "The entry of the ledger, see GET /api/leads/{id}/consent."),
                new("change", "string", "opt_out or opt_in."),
                new("scope", "string", "What the entry covers: all, text or call."),
                new("mayText", "boolean", "Whether texts may go out now."),
                new("mayCall", "boolean", "Whether calls may go out now."),
                new("saidBy", "string", "Who said it: customer, relative, carrier or staff."),
                new("source", "string", "How we know it: keyword, opt_out_type, free_wording, voice, error_21610 or staff."),
                Optional("channel", "string", "On which channel it was said: voice, sms, whatsapp and others."),
                Optional("words", "string", "The words."),
                Optional("deliveryId", "number", "The delivery that brought the words, see GET /api/deliveries/{id}."),
            ],
            Example(
                LeadEventTypes.ConsentChanged,
                $$"""
                {"entryId":"{{AnalysisIdExample}}","change":"opt_out","scope":"all","mayText":false,"mayCall":false,"saidBy":"customer",
                "source":"keyword","channel":"sms","words":"STOP","deliveryId":4711}
                """)),
    ];
}
