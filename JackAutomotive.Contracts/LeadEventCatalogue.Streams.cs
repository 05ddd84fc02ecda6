namespace JackAutomotive.Contracts;

// Passing frames, and events about the stream itself.
public static partial class LeadEventCatalogue
{
    private const string LeadExample = "01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48";

    private static EventDescription[] PassingFrames() =>
    [
        new(LeadEventTypes.LiveTranscript, EventKind.Passing, "Words that are being said and are not final; the final line follows.",
            [
                ConversationId,
                new("role", "string", "user or agent."),
                new("text", "string", "The words so far, or the next of them, as the provider sends them."),
                Optional("eventId", "string", "The provider's id of the line."),
            ],
            PassingExample(LeadEventTypes.LiveTranscript, """{"conversationId":"conv_1","role":"user","text":"Is it","eventId":"4"}""")),

        new(LeadEventTypes.PresenceChanged, EventKind.Passing,
            "The viewers of the lead on all instances. Sent when they change, and once soon after a stream has started.",
            [
                new("watchers", "array of object", "Each with name, that of an API key or a token, and since, the time of its oldest stream."),
                new("count", "number", "How many watchers there are."),
            ],
            PassingExample(
                LeadEventTypes.PresenceChanged,
                """{"watchers":[{"name":"console","since":"2026-11-23T11:58:00Z"}],"count":1}""")),
    ];

    private static EventDescription[] StreamEvents() =>
    [
        new(StreamEventTypes.Ready, EventKind.Stream, "The stream has begun. Comes first and at once; its id is the resume point.",
            [
                Optional("leadId", "uuid", "The lead; missing on streams of many leads."),
                Optional("seq", "number", "The lead's newest event; missing on streams of many leads."),
                Optional("position", "number", "On streams of many leads: the log's newest place."),
                new("instance", "string", "The name of the instance that serves the stream."),
            ],
            $$"""{"leadId":"{{LeadExample}}","seq":7,"instance":"realtime-abc"}"""),

        new(StreamEventTypes.Reset, EventKind.Stream,
            "The Last-Event-ID does not exist in this log. The client must discard its state and read the leads again.",
            [
                Optional("leadId", "uuid", "The lead; missing on streams of many leads."),
                Optional("seq", "number", "The seq after which the stream continues; missing on streams of many leads."),
                Optional("position", "number", "On streams of many leads: the place after which the stream continues."),
            ],
            $$"""{"leadId":"{{LeadExample}}","seq":7}"""),

        new(StreamEventTypes.Snapshot, EventKind.Stream,
            "On a one-lead stream with ?snapshot=true: the lead as of seq. What follows on the stream is what happened since.",
            [
                new("leadId", "uuid", "The lead."),
                new("seq", "number", "The seq of the newest event in the snapshot."),
                new("lead", "object", "The lead with the first fields that GET /api/leads shows."),
                new("events", "array of object", "The newest events' data lines up to seq, oldest first: 100, or fewer if they are large."),
            ],
            OneLine($$"""
                {"leadId":"{{LeadExample}}","seq":7,"lead":{"id":"{{LeadExample}}","phone":"+12025550123","name":null,"lastSeq":7,
                "createdAt":"2026-11-23T11:00:00+00:00","updatedAt":"2026-11-23T12:00:00+00:00"},"events":[]}
                """)),

        new(StreamEventTypes.LeadErased, EventKind.Stream, "The lead was erased. This is the stream's last event; do not reconnect.",
            [new("leadId", "uuid", "The lead.")],
            $$"""{"leadId":"{{LeadExample}}"}"""),
    ];
}
