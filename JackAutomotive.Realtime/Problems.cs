using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Streams;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.Realtime;

/// <summary>Every problem response of this service, one method for each.</summary>
internal static class Problems
{
    public static ProblemHttpResult InvalidLeadId() =>
        TypedResults.Problem("The lead id must be a UUID.", statusCode: StatusCodes.Status400BadRequest, title: "Not a lead id");

    public static ProblemHttpResult InvalidEventId() => TypedResults.Problem(
        "Last-Event-ID must be the value of an id line of the stream: a whole number, 0 or more.",
        statusCode: StatusCodes.Status400BadRequest,
        title: "Not an event id");

    public static ProblemHttpResult UnknownLead() =>
        TypedResults.Problem("There is no such lead.", statusCode: StatusCodes.Status404NotFound, title: "Unknown lead");

    /// <summary>The lead was merged into another lead, which the problem names.</summary>
    public static ProblemHttpResult MergedLead(LeadId mergedInto) => TypedResults.Problem(
        $"This lead was merged into the lead {mergedInto}. Watch that lead.",
        statusCode: StatusCodes.Status410Gone,
        title: "Lead was merged",
        type: "urn:jack-automotive:problem:lead-merged",
        extensions: new Dictionary<string, object?> { ["mergedInto"] = mergedInto.Value });

    public static ProblemHttpResult InvalidBooleanField(string field) => BadField(field, "It must be true or false.", "Not a Boolean");

    public static ProblemHttpResult InvalidLeadIdField(string field) => BadField(field, "Each value must be a lead id, which is a UUID.", "Not a lead id");

    public static ProblemHttpResult UnknownLeadField(string field, LeadId lead) =>
        BadField(field, $"There is no lead {lead}. Remove it from the request; GET /api/leads lists all leads.", "Unknown lead");

    public static ProblemHttpResult TooManyLeads(int most) => BadField(
        "lead", $"A request can name at most {most} leads. Open several streams, or name no lead to receive all leads.", "Too many leads");

    public static ProblemHttpResult UnknownType(string field, IEnumerable<string> types) =>
        BadField(field, $"Each value must be one of {string.Join(", ", types)}; see GET /api/stream/events.", "Unknown type of event");

    /// <summary>The caller, <see cref="StreamConversation"/>, also sets the Retry-After header.</summary>
    public static ProblemHttpResult LogUnavailable() => TypedResults.Problem(
        "The lead's log cannot be read right now. Try again in a few seconds.",
        statusCode: StatusCodes.Status503ServiceUnavailable,
        title: "Event log unavailable");

    /// <summary>The caller, <see cref="StreamConversation"/>, also sets the Retry-After header.</summary>
    public static ProblemHttpResult Stopping() => TypedResults.Problem(
        "This instance is stopping. Try again: another instance will answer.",
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
        "Get a new token from POST /api/stream-tokens. Open the stream again with the new token and the last event id.");

    public static ProblemHttpResult TokenInvalid() => Problem(
        StatusCodes.Status401Unauthorized,
        "token-invalid",
        "Stream token invalid",
        "This is not a stream token of this system, or the secret that signed it is no longer in use. Get a new token from "
        + "POST /api/stream-tokens.");

    public static ProblemHttpResult TokensNotConfigured() => Problem(
        StatusCodes.Status503ServiceUnavailable,
        "not-configured",
        "Stream tokens not configured",
        $"The setting {StreamTokenOptions.Setting} is missing, so no token can be checked. Set it to the same value as in webhook-api and restart.");

    public static ProblemHttpResult LeadNotAllowed() => Problem(
        StatusCodes.Status403Forbidden,
        "lead-not-allowed",
        "Not a lead of this token",
        "This token opens the streams of other leads. Get a token from POST /api/stream-tokens that names this lead, or that names no lead.");

    /// <summary>The caller, <see cref="ConnectionRefusals"/>, also sets the Retry-After header.</summary>
    public static ProblemHttpResult ConnectionRefused(ConnectionRefusal refusal) => refusal switch
    {
        ConnectionRefusal.KeyLimit => Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-streams-of-key",
            "Too many streams of this API key",
            "The API key and its tokens have reached the limit of open streams on this instance. Close some streams or try again later."),
        ConnectionRefusal.ViewerLimit => Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-streams-of-viewer",
            "Too many streams of this viewer",
            "The viewer that the token names has reached the limit of open streams on this instance. Close some streams or try again later."),
        ConnectionRefusal.ConnectRateLimit => Problem(
            StatusCodes.Status503ServiceUnavailable,
            "connects-too-fast",
            "Too many new streams at once",
            "Clients open more streams per second than this instance accepts. Try again after the time in Retry-After."),
        _ => Problem(
            StatusCodes.Status503ServiceUnavailable,
            "too-many-streams",
            "Too many streams",
            "This instance has reached its limit of open streams. Try again after the time in Retry-After; another instance may answer."),
    };

    private static ProblemHttpResult Problem(int status, string type, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: $"urn:jack-automotive:problem:{type}");
}
