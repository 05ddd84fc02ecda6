using System.Text.Json;
using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.Realtime.Streams;

/// <summary>The description of every event that a stream can send.</summary>
/// <param name="Envelope">The fields that the data line of every lead event has.</param>
/// <param name="Events">All event types.</param>
internal sealed record EventList(IReadOnlyList<EventField> Envelope, IReadOnlyList<ListedEvent> Events);

/// <summary>The description of one event type.</summary>
/// <param name="Type">The SSE event name.</param>
/// <param name="Kind">log: an event in a lead's log; passing: a frame that is never stored; stream: an event about the stream.</param>
/// <param name="Meaning">The meaning of the event, in words.</param>
/// <param name="Fields">The fields of <c>data</c>; for a stream event, the fields of the data line itself.</param>
/// <param name="Example">An example of a data line.</param>
internal sealed record ListedEvent(string Type, string Kind, string Meaning, IReadOnlyList<EventField> Fields, JsonElement Example);

/// <summary><c>GET /api/stream/events</c>: every type of event with its fields, from <see cref="LeadEventCatalogue"/>.</summary>
internal static class ListEvents
{
    private static readonly EventList s_eventList = new(LeadEventCatalogue.Envelope, [.. LeadEventCatalogue.All.Select(Describe)]);

    // A stream token for named leads may read the list, because the list contains no data of any lead.
    public static void MapListEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/api/stream/events", Handle)
        .WithTags("Streams").RequireAuthorization(ApiKeys.Read).RequireCors(AllowedOrigins.Policy).WithMetadata(new AcceptsLeadTokens());

    public static Ok<EventList> Handle() => TypedResults.Ok(s_eventList);

    private static ListedEvent Describe(EventDescription description) => new(
        description.Type,
        description.Kind switch { EventKind.Log => "log", EventKind.Passing => "passing", _ => "stream" },
        description.Meaning,
        description.Fields,
        JsonElement.Parse(description.Example));
}
