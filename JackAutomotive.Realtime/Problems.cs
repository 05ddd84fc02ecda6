using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
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
    public static ProblemHttpResult TokenExpired() => Problem(
        StatusCodes.Status401Unauthorized,
        "token-expired",
        "Stream token expired",
        "Get a new one from POST /api/stream-tokens, and open the stream again with it and the last event id.");

    public static ProblemHttpResult TokenInvalid() => Problem(
        StatusCodes.Status401Unauthorized,
        "token-invalid",
        "Stream token invalid",
        "This is not a stream token of this system, or the secret that it was signed with is no longer used. Get a new one from "
        + "POST /api/stream-tokens.");

    public static ProblemHttpResult TokensNotConfigured() => Problem(
        StatusCodes.Status503ServiceUnavailable,
        "not-configured",
        "Stream tokens not configured",
        $"The setting {StreamTokenOptions.Setting} is missing, so no token can be checked. Set it, as webhook-api has it, and start again.");

    public static ProblemHttpResult LeadNotAllowed() => Problem(
        StatusCodes.Status403Forbidden,
        "lead-not-allowed",
        "Not a lead of this token",
        "This token opens the streams of other leads. Ask POST /api/stream-tokens for one that names this lead, or none.");

    /// <summary>Goes with a Retry-After header, which <see cref="ConnectionRefusals"/> sets.</summary>
    public static ProblemHttpResult NoRoom(ConnectionRefusal refusal) => refusal switch
    {
        ConnectionRefusal.OfKey => Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-streams-of-key",
            "Too many streams of this API key",
            "The API key, with the tokens made for it, has as many open streams on this instance as it may. Close some, or try again later."),
        ConnectionRefusal.OfViewer => Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-streams-of-viewer",
            "Too many streams of this viewer",
            "The viewer whom the token names has as many open streams on this instance as one may. Close some, or try again later."),
        ConnectionRefusal.TooFast => Problem(
            StatusCodes.Status503ServiceUnavailable,
            "connects-too-fast",
            "Too many new streams at once",
            "More streams are opened per second than this instance takes. Try again after the time in Retry-After."),
        _ => Problem(
            StatusCodes.Status503ServiceUnavailable,
            "too-many-streams",
            "Too many streams",
            "This instance has as many open streams as it may. Try again after the time in Retry-After; another instance may answer."),
    };

    private static ProblemHttpResult Problem(int status, string type, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: $"urn:jack-automotive:problem:{type}");
}
