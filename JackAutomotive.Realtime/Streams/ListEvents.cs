using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.Realtime.Catalogue;

/// <summary>What streams can show.</summary>
/// <param name="Envelope">The fields of the data line of whatever happens to a lead.</param>
/// <param name="Events">Every type of event.</param>
internal sealed record EventList(IReadOnlyList<EventField> Envelope, IReadOnlyList<ListedEvent> Events);

/// <summary>One type of event.</summary>
/// <param name="Type">The SSE event name.</param>
/// <param name="Kind">log: a line of a lead's log; passing: for those who watch at the moment; stream: about the stream itself.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="Fields">Those of <c>data</c>; of a stream event, those of the data line itself.</param>
/// <param name="Example">A data line.</param>
internal sealed record ListedEvent(string Type, string Kind, string Meaning, IReadOnlyList<EventField> Fields, JsonElement Example);

/// <summary><c>GET /api/stream/events</c>: every type of event with its fields, from <see cref="LeadEventCatalogue"/>.</summary>
internal static class ListEvents
{
    private static readonly EventList s_list = new(LeadEventCatalogue.Envelope, [.. LeadEventCatalogue.All.Select(Describe)]);

    // No stream, and nobody's leads are in it.
    public static void MapListEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/api/stream/events", Handle)
        .WithTags("Streams").RequireAuthorization(ApiKeys.Read).RequireCors(AllowedOrigins.Policy).WithMetadata(new HandlerChecksLeads());

    public static Ok<EventList> Handle() => TypedResults.Ok(s_list);

    private static ListedEvent Describe(EventDescription one) => new(
        one.Type,
        one.Kind switch { EventKind.Log => "log", EventKind.Passing => "passing", _ => "stream" },
        one.Meaning,
        one.Fields,
        JsonElement.Parse(one.Example));
}
