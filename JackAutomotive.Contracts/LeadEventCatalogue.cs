namespace JackAutomotive.Contract;

/// <summary>One type of event, as clients are told of it.</summary>
/// <param name="Type">The SSE event name.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="Fields">
/// For lead events and passing frames the fields of <c>data</c> within the data line's object, for stream events those of the object itself.
/// </param>
/// <param name="Example">A whole data line.</param>
internal sealed record EventDescription(
    string Type,
    EventKind Kind,
    string Meaning,
    IReadOnlyList<EventField> Fields,
    string Example);

/// <summary>One field of an event.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Type">string, number, boolean, time (RFC 3339, UTC), uuid, array or object; arrays say of what.</param>
/// <param name="Meaning">What it says, with units and ranges.</param>
/// <param name="Optional">It may be null or missing.</param>
internal sealed record EventField(string Name, string Type, string Meaning, bool Optional = false);

/// <summary>Where an event comes from, and what a client that was away gets of it.</summary>
internal enum EventKind
{
    /// <summary>A line of a lead's log: with id and seq, and replayed to whoever comes back.</summary>
    Log,

    /// <summary>For those who watch at the moment: without id and seq, never replayed.</summary>
    Passing,

    /// <summary>About the stream itself.</summary>
    Stream,
}

/// <summary>
/// Every type of event that a stream can show, with its fields: the one list from which <c>GET /api/stream/events</c>, the
/// documentation and the filter by type are made.
/// </summary>
internal static partial class LeadEventCatalogue
{
    /// <summary>All of them: first what happens to leads, then what passes, then what is about the stream.</summary>
    public static IReadOnlyList<EventDescription> All { get; } = [.. LeadEvents(), .. ConversationEvents(), .. PassingFrames(), .. StreamEvents()];

    /// <summary>The types that a stream can be filtered by.</summary>
    public static IReadOnlyList<string> FilterableTypes { get; } =
        [.. All.Where(one => one.Kind != EventKind.Stream).Select(one => one.Type)];

    /// <summary>The fields that every data line of a lead event has; a passing frame's lacks <c>seq</c>.</summary>
    public static IReadOnlyList<EventField> Envelope { get; } =
    [
        new("leadId", "uuid", "Whose log it is in."),
        new("seq", "number", "Its position in that log: 1, 2, 3 and so on, without gaps."),
        new("type", "string", "The event's type, the same as the SSE event name."),
        new("occurredAt", "time", "When it happened."),
        new("data", "object", "The event's own fields."),
    ];

    private static EventField Optional(string name, string type, string meaning) => new(name, type, meaning, Optional: true);

    private static string Example(string type, string data) => OneLine(
        $$"""{"leadId":"{{LeadExample}}","seq":7,"type":"{{type}}","occurredAt":"2026-11-23T12:00:00Z","data":{{data}}}""");

    private static string PassingExample(string type, string data) =>
        $$"""{"leadId":"{{LeadExample}}","type":"{{type}}","occurredAt":"2026-11-23T12:00:00Z","data":{{data}}}""";

    // Long ones are written here on several lines.
    private static string OneLine(string json) => json.ReplaceLineEndings("");
}
