using JackAutomotive.Contract;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.Realtime;

/// <summary>Every refusal of this service, one each.</summary>
internal static class Problems
{
    public static ProblemHttpResult NotALeadId() =>
        TypedResults.Problem("The lead id must be a UUID.", statusCode: StatusCodes.Status400BadRequest, title: "Not a lead id");

    public static ProblemHttpResult NotAnEventId() => TypedResults.Problem(
        "Last-Event-ID must be a sequence number: 0 or more, as the stream's id lines give it.",
        statusCode: StatusCodes.Status400BadRequest,
        title: "Not an event id");

    public static ProblemHttpResult UnknownLead() =>
        TypedResults.Problem("There is no such lead.", statusCode: StatusCodes.Status404NotFound, title: "Unknown lead");

    public static ProblemHttpResult NotAFlag(string field) => BadField(field, "It must be true or false.", "Neither true nor false");

    public static ProblemHttpResult NotALeadIdIn(string field) => BadField(field, "Each must be a lead's id, a UUID.", "Not a lead id");

    public static ProblemHttpResult UnknownLeadIn(string field, LeadId lead) =>
        BadField(field, $"There is no lead {lead}. Leave it out; GET /api/leads lists those there are.", "Unknown lead");

    public static ProblemHttpResult TooManyLeads(int most) => BadField(
        "lead", $"At most {most} leads can be named. Use several streams, or name none, which is all of them.", "Too many leads");

    public static ProblemHttpResult UnknownType(string field, IEnumerable<string> types) =>
        BadField(field, $"Each must be one of {string.Join(", ", types)}; see GET /api/stream/events.", "Unknown type of event");

    /// <summary>Goes with a Retry-After header, which <see cref="Events.StreamConversation"/> sets.</summary>
    public static ProblemHttpResult LogUnavailable() => TypedResults.Problem(
        "The lead's log cannot be read right now. Try again in a few seconds.",
        statusCode: StatusCodes.Status503ServiceUnavailable,
        title: "Event log unavailable");

    /// <summary>Goes with a Retry-After header, which <see cref="Events.StreamConversation"/> sets.</summary>
    public static ProblemHttpResult Stopping() => TypedResults.Problem(
        "This instance is stopping. Another one will answer.",
        statusCode: StatusCodes.Status503ServiceUnavailable,
        title: "Stopping");

    private static ProblemHttpResult BadField(string field, string detail, string title) => TypedResults.Problem(
        detail,
        statusCode: StatusCodes.Status400BadRequest,
        title: title,
        extensions: new Dictionary<string, object?> { ["errors"] = new Dictionary<string, string[]> { [field] = [detail] } });
}
