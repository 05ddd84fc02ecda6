using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds post-call webhooks and signs them as ElevenLabs does. The signer is independent of the product's code.</summary>
internal sealed class PostCallDriver(TimeProvider time, string secret = PostCallDriver.Secret)
{
    public const string Secret = "wsec_0123456789abcdef";
    public const string SignatureHeader = "ElevenLabs-Signature";

    private const string Path = "/api/webhooks/elevenlabs/post-call";

    public static string NewConversation() => $"conv_{Guid.NewGuid():N}";

    /// <summary>The transcript of a call with two turns.</summary>
    public static JsonObject Transcription(string? conversation = null, string? number = null, long eventTimestamp = 1_793_000_000) => new()
    {
        ["type"] = "post_call_transcription",
        ["event_timestamp"] = eventTimestamp,
        ["data"] = new JsonObject
        {
            ["agent_id"] = "agent_test",
            ["conversation_id"] = conversation ?? NewConversation(),
            ["status"] = "done",
            ["user_id"] = null,
            ["transcript"] = new JsonArray(Turn("agent", "Hello, this is Jack.", 0), Turn("user", "Hi. Is the blue one still there?", 2.5)),
            ["metadata"] = new JsonObject
            {
                ["start_time_unix_secs"] = 1_792_999_900,
                ["call_duration_secs"] = 90,
                ["termination_reason"] = "end_call tool was called.",
                ["phone_call"] = new JsonObject
                {
                    ["type"] = "twilio",
                    ["direction"] = "inbound",
                    ["agent_number"] = IncomingSmsDriver.OurNumber,
                    ["external_number"] = number ?? IncomingSmsDriver.NewNumber(),
                    ["call_sid"] = $"CA{Guid.NewGuid():N}",
                    ["call_result"] = "answered",
                },
            },
            ["analysis"] = new JsonObject
            {
                ["call_successful"] = "success",
                ["transcript_summary"] = "The customer asked for the blue one.",
                ["call_summary_title"] = "The blue one",
            },
            ["conversation_initiation_client_data"] = new JsonObject { ["dynamic_variables"] = new JsonObject() },
        },
    };

    /// <summary>The audio of a call.</summary>
    public static JsonObject Audio(string conversation, byte[] sound, long eventTimestamp = 1_793_000_010) => new()
    {
        ["type"] = "post_call_audio",
        ["event_timestamp"] = eventTimestamp,
        ["data"] = new JsonObject
        {
            ["agent_id"] = "agent_test",
            ["conversation_id"] = conversation,
            ["full_audio"] = Convert.ToBase64String(sound),
        },
    };

    /// <summary>A call that failed to connect.</summary>
    /// <param name="conversation">Id of the conversation that did not start.</param>
    /// <param name="reason">One of <c>busy</c>, <c>no-answer</c> and <c>unknown</c>.</param>
    /// <param name="type">One of <c>twilio</c> and <c>sip</c>.</param>
    /// <param name="metadata">The fields of the telephony provider.</param>
    public static JsonObject Failure(string conversation, string reason, string type, JsonObject metadata) => new()
    {
        ["type"] = "call_initiation_failure",
        ["event_timestamp"] = 1_793_000_020,
        ["data"] = new JsonObject
        {
            ["agent_id"] = "agent_test",
            ["conversation_id"] = conversation,
            ["failure_reason"] = reason,
            ["metadata"] = new JsonObject { ["type"] = type, ["body"] = metadata },
        },
    };

    /// <summary>The results of the agent's data collection, as ElevenLabs sends them.</summary>
    public static JsonObject Collected(params (string Id, JsonNode? Value)[] values)
    {
        var results = new JsonObject();
        foreach (var (id, value) in values)
        {
            results[id] = new JsonObject
            {
                ["data_collection_id"] = id,
                ["value"] = value,
                ["json_schema"] = new JsonObject { ["type"] = "string" },
                ["rationale"] = "The customer said so.",
            };
        }

        return results;
    }

    public static JsonObject Turn(string role, string? message, double offset) =>
        new() { ["role"] = role, ["message"] = message, ["time_in_call_secs"] = offset };

    public SignedRequest Request(JsonNode payload) => Request(payload.ToJsonString());

    public SignedRequest Request(string body) => Request(Encoding.UTF8.GetBytes(body));

    public SignedRequest Request(byte[] body) => new(
        Path, "application/json", body, [(SignatureHeader, Sign(time.GetUtcNow().ToUnixTimeSeconds().ToString(), body, secret))]);

    /// <summary>Computes the value of ElevenLabs' signature header.</summary>
    public static string Sign(string timestamp, byte[] body, string secret)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), (byte)'.', .. body];
        return $"t={timestamp},v0={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}";
    }
}
