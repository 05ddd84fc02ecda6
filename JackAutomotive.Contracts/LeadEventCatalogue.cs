namespace JackAutomotive.Contracts;

/// <summary>The description of one event type, for clients of the streams.</summary>
/// <param name="Type">The SSE event name.</param>
/// <param name="Kind">The origin of the event, which decides whether the event is replayed.</param>
/// <param name="Meaning">What the event reports, in one or two English sentences.</param>
/// <param name="Fields">
/// For lead events and passing frames: the fields of <c>data</c> inside the object on the data line. For stream events: the fields of that
/// object itself.
/// </param>
/// <param name="Example">A complete data line, as JSON.</param>
public sealed record EventDescription(
    string Type,
    EventKind Kind,
    string Meaning,
    IReadOnlyList<EventField> Fields,
    string Example);

/// <summary>The description of one field of an event.</summary>
/// <param name="Name">The field's name in the JSON.</param>
/// <param name="Type">string, number, boolean, time (RFC 3339, UTC), uuid, object or array of a type, such as <c>array of object</c>.</param>
/// <param name="Meaning">What the field holds, with units and ranges.</param>
/// <param name="Optional">True if the field may be null or missing.</param>
public sealed record EventField(string Name, string Type, string Meaning, bool Optional = false);

/// <summary>The origin of an event. It decides whether a client that reconnects receives the event.</summary>
public enum EventKind
{
    /// <summary>An event of a lead's log. It has an id and a seq and is replayed to a client that resumes.</summary>
    Log,

    /// <summary>A passing frame, for clients that are connected now. It has no id and no seq and is never replayed.</summary>
    Passing,

    /// <summary>An event about the stream itself, not about a lead's log.</summary>
    Stream,
}

/// <summary>
/// Describes every event type that a stream can send, with its fields. <c>GET /api/stream/events</c>, <c>docs/events.md</c> and the type
/// filter are generated from this list. A new event type is a constant in <see cref="LeadEventTypes"/>, an entry here, and a call of
/// <c>UnitOfWork.Raise</c> where it happens.
/// </summary>
public static partial class LeadEventCatalogue
{
    /// <summary>All event types: first lead events, then passing frames, then stream events.</summary>
    public static IReadOnlyList<EventDescription> All { get; } =
    [
        .. LeadEvents(),
        .. StandingEvents(),
        .. ConversationEvents(),
        .. AnalysisEvents(),
        .. OutboundEvents(),
        .. PeopleEvents(),
        .. IdentityEvents(),
        .. PassingFrames(),
        .. StreamEvents(),
    ];

    /// <summary>The types that the query parameter <c>type</c> of a stream accepts: all except stream events.</summary>
    public static IReadOnlyList<string> FilterableTypes { get; } =
        [.. All.Where(description => description.Kind != EventKind.Stream).Select(description => description.Type)];

    /// <summary>The fields on the data line of every lead event. A passing frame has the same fields without <c>seq</c>.</summary>
    public static IReadOnlyList<EventField> Envelope { get; } =
    [
        new("leadId", "uuid", "The lead to whose log the event belongs."),
        new("seq", "number", "The event's position in the lead's log: 1, 2, 3 and so on, without gaps."),
        new("type", "string", "The event's type, the same as the SSE event name."),
        new("occurredAt", "time", "When it happened."),
        new("data", "object", "The event's own fields."),
    ];

    private static EventField Optional(string name, string type, string meaning) => new(name, type, meaning, Optional: true);

    private static string Example(string type, string data) => OneLine(
        $$"""{"leadId":"{{LeadExample}}","seq":7,"type":"{{type}}","occurredAt":"2026-11-23T12:00:00Z","data":{{data}}}""");

    private static string PassingExample(string type, string data) =>
        $$"""{"leadId":"{{LeadExample}}","type":"{{type}}","occurredAt":"2026-11-23T12:00:00Z","data":{{data}}}""";

    // The source splits long examples over several lines; a data line is one line.
    private static string OneLine(string json) => json.ReplaceLineEndings("");
}
