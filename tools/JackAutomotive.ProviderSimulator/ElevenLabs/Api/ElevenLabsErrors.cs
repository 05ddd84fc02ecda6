using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.ProviderSimulator.ElevenLabs.Api;

/// <summary>Every error that the simulated API answers with, in ElevenLabs' form.</summary>
internal static class ElevenLabsErrors
{
    public static IResult MissingApiKey => Create(
        StatusCodes.Status401Unauthorized, "authentication_error", "needs_authorization",
        "Neither authorization header nor xi-api-key received, please provide one.");

    public static IResult InvalidApiKey =>
        Create(StatusCodes.Status401Unauthorized, "authentication_error", "invalid_api_key", "Invalid API key");

    /// <summary>The answer with a status that the request did not cause.</summary>
    public static IResult OfStatus(int status) => status == StatusCodes.Status429TooManyRequests
        ? Create(status, "rate_limit_error", "rate_limit_exceeded", "Too many requests. Please wait before you try again.")
        : Create(status, "api_error", "internal_server_error", "An unexpected error occurred.");

    public static IResult AgentNotFound(string id) => NotFound("agent_not_found", $"Agent with id {id} not found.");

    public static IResult PhoneNumberNotFound(string id) => NotFound("phone_number_not_found", $"Phone number with id {id} not found.");

    public static IResult ConversationNotFound(string id) => NotFound("conversation_not_found", $"Conversation with id {id} not found.");

    /// <summary>422: a member of the request is missing or has the wrong type.</summary>
    public static IResult Invalid(string type, string message, params string[] location) => TypedResults.Json(
        new JsonObject
        {
            ["detail"] = new JsonArray(new JsonObject
            {
                ["type"] = type,
                ["loc"] = new JsonArray([.. location.Select(part => (JsonNode)part)]),
                ["msg"] = message,
            }),
        },
        statusCode: StatusCodes.Status422UnprocessableEntity);

    private static JsonHttpResult<JsonObject> NotFound(string code, string message) => Create(StatusCodes.Status404NotFound, "not_found", code, message);

    private static JsonHttpResult<JsonObject> Create(int status, string type, string code, string message) => TypedResults.Json(
        new JsonObject
        {
            ["detail"] = new JsonObject
            {
                ["type"] = type,
                ["code"] = code,
                ["message"] = message,
                ["status"] = code,
                ["request_id"] = Guid.NewGuid().ToString("N"),
                ["param"] = null,
            },
        },
        statusCode: status);
}
