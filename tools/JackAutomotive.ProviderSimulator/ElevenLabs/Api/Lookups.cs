using System.Globalization;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs.Api;

/// <summary>What ElevenLabs' API tells about the workspace: conversations, agents and telephone numbers.</summary>
internal static class Lookups
{
    private const int DefaultPageSize = 30;
    private const int MaxPageSize = 100;

    // When the invented agent was created: 1 June 2026.
    private const long CreatedAt = 1_780_272_000;

    /// <summary>GET /v1/convai/conversations. The cursor is the id of the last conversation of the page before.</summary>
    internal static IResult Conversations(HttpRequest request, ElevenLabsWorkspace workspace)
    {
        var query = request.Query;
        if (ReadNumber(query, "page_size") is < 1 or > MaxPageSize)
        {
            return ElevenLabsErrors.Invalid("less_than_equal", "Input should be less than or equal to 100", "query", "page_size");
        }

        var (agent, successful) = (query["agent_id"].ToString(), query["call_successful"].ToString());
        var (after, before) = (ReadNumber(query, "call_start_after_unix"), ReadNumber(query, "call_start_before_unix"));
        var found = workspace.Conversations.Newest(conversation =>
        {
            var start = conversation.StartedAt.ToUnixTimeSeconds();
            return (agent.Length == 0 || conversation.Call.AgentId == agent)
                && (successful.Length == 0 || conversation.CallSuccessful == successful)
                && (after is null || start >= after) && (before is null || start <= before);
        });
        var cursor = query["cursor"].ToString();
        var start = cursor.Length == 0 ? 0 : found.TakeWhile(conversation => conversation.Call.ConversationId != cursor).Count() + 1;
        var page = found.Skip(start).Take((int)(ReadNumber(query, "page_size") ?? DefaultPageSize)).ToList();
        var hasMore = start + page.Count < found.Count;
        return TypedResults.Json(new JsonObject
        {
            ["conversations"] = new JsonArray([.. page.Select(conversation => conversation.Summary())]),
            ["has_more"] = hasMore,
            ["next_cursor"] = hasMore ? page[^1].Call.ConversationId : null,
        });
    }

    /// <summary>GET /v1/convai/conversations/{id}</summary>
    internal static IResult Conversation(string id, ElevenLabsWorkspace workspace) => workspace.Conversations.Find(id) is { } conversation
        ? TypedResults.Json(conversation.Answer())
        : ElevenLabsErrors.ConversationNotFound(id);

    /// <summary>GET /v1/convai/conversations/{id}/audio: silence of the right duration, after the end of the conversation.</summary>
    internal static IResult Audio(string id, ElevenLabsWorkspace workspace) =>
        workspace.Conversations.Find(id)?.Data?["metadata"]?["call_duration_secs"] is { } seconds
            ? TypedResults.Bytes(Sounds.Mp3((int)seconds), "audio/mpeg")
            : ElevenLabsErrors.ConversationNotFound(id);

    /// <summary>GET /v1/convai/agents</summary>
    internal static IResult Agents(IOptions<ElevenLabsOptions> options) => TypedResults.Json(new JsonObject
    {
        ["agents"] = new JsonArray(new JsonObject
        {
            ["agent_id"] = options.Value.AgentId,
            ["name"] = "Jack",
            ["tags"] = new JsonArray(),
            ["created_at_unix_secs"] = CreatedAt,
            ["access_info"] = CreateAccess(),
            ["last_call_time_unix_secs"] = null,
            ["archived"] = false,
        }),
        ["has_more"] = false,
        ["next_cursor"] = null,
    });

    /// <summary>GET /v1/convai/agents/{id}</summary>
    internal static IResult Agent(string id, IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio) =>
        id != elevenLabs.Value.AgentId
            ? ElevenLabsErrors.AgentNotFound(id)
            : TypedResults.Json(new JsonObject
            {
                ["agent_id"] = id,
                ["name"] = "Jack",
                ["conversation_config"] = new JsonObject
                {
                    ["agent"] = new JsonObject
                    {
                        ["first_message"] = "Hi {{customer_name}}, it's Jack with the dealership.",
                        ["language"] = "en",
                        ["dynamic_variables"] = new JsonObject { ["dynamic_variable_placeholders"] = new JsonObject() },
                        ["prompt"] = new JsonObject
                        {
                            ["prompt"] = "You are Jack, who sells cars.",
                            ["llm"] = "gemini-2.5-flash",
                            ["temperature"] = 0,
                            ["tool_ids"] = new JsonArray(),
                            ["knowledge_base"] = new JsonArray(),
                        },
                    },
                    ["conversation"] = new JsonObject { ["text_only"] = false, ["max_duration_seconds"] = 600 },
                    ["tts"] = new JsonObject { ["model_id"] = "eleven_flash_v2", ["voice_id"] = "cjVigY5qzO86Huf0OWal" },
                    ["asr"] = new JsonObject { ["quality"] = "high", ["provider"] = "elevenlabs" },
                    ["turn"] = new JsonObject { ["turn_timeout"] = 7 },
                },
                ["metadata"] = new JsonObject { ["created_at_unix_secs"] = CreatedAt, ["updated_at_unix_secs"] = CreatedAt },
                ["platform_settings"] = new JsonObject
                {
                    ["overrides"] = new JsonObject
                    {
                        ["conversation_config_override"] = new JsonObject
                        {
                            ["agent"] = new JsonObject
                            {
                                ["first_message"] = true,
                                ["language"] = true,
                                ["prompt"] = new JsonObject { ["prompt"] = true },
                            },
                        },
                        ["enable_conversation_initiation_client_data_from_webhook"] = true,
                    },
                    ["data_collection"] = new JsonObject(
                        DataCollection.Ids.Select(field => KeyValuePair.Create<string, JsonNode?>(field, new JsonObject { ["type"] = "string" }))),
                },
                ["phone_numbers"] = new JsonArray(CreatePhoneNumber(elevenLabs.Value, twilio.Value)),
                ["access_info"] = CreateAccess(),
                ["tags"] = new JsonArray(),
                ["workflow"] = null,
            });

    /// <summary>GET /v1/convai/phone-numbers</summary>
    internal static IResult Numbers(IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio) =>
        TypedResults.Json(new JsonArray(CreatePhoneNumber(elevenLabs.Value, twilio.Value)));

    /// <summary>GET /v1/convai/phone-numbers/{id}</summary>
    internal static IResult PhoneNumber(string id, IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio) =>
        id == elevenLabs.Value.PhoneNumberId
            ? TypedResults.Json(CreatePhoneNumber(elevenLabs.Value, twilio.Value))
            : ElevenLabsErrors.PhoneNumberNotFound(id);

    private static long? ReadNumber(IQueryCollection query, string name) =>
        long.TryParse(query[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static JsonObject CreatePhoneNumber(ElevenLabsOptions elevenLabs, TwilioOptions twilio) => new()
    {
        ["phone_number"] = twilio.PhoneNumber,
        ["label"] = "Dealership",
        ["supports_inbound"] = true,
        ["supports_outbound"] = true,
        ["phone_number_id"] = elevenLabs.PhoneNumberId,
        ["assigned_agent"] = new JsonObject { ["agent_id"] = elevenLabs.AgentId, ["agent_name"] = "Jack" },
        ["provider"] = "twilio",
    };

    private static JsonObject CreateAccess() => new()
    {
        ["is_creator"] = true,
        ["creator_name"] = "Jack Automotive",
        ["creator_email"] = "dealership@example.com",
        ["role"] = "admin",
    };
}
