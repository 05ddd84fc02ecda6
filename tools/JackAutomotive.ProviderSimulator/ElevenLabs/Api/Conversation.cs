using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Apis;

namespace JackAutomotive.ProviderSimulator.ElevenLabs.Api;

/// <summary>A conversation that an outbound call started.</summary>
/// <param name="Call">The accepted request.</param>
/// <param name="To">The customer's number, in E.164.</param>
/// <param name="AgentNumber">The dealership's number, in E.164.</param>
/// <param name="StartedAt">When the API accepted the request.</param>
internal sealed record Conversation(AcceptedCall Call, string To, string AgentNumber, DateTimeOffset StartedAt)
{
    /// <summary><c>initiated</c>, <c>in-progress</c>, <c>processing</c>, <c>done</c> or <c>failed</c>.</summary>
    public string Status { get; init; } = "initiated";

    /// <summary>The data of the transcript's webhook; null until the conversation is done.</summary>
    public JsonNode? Data { get; init; }

    /// <summary>Returns the conversation as a list of the API shows it.</summary>
    public JsonObject Summary() => new()
    {
        ["agent_id"] = Call.AgentId,
        ["branch_id"] = null,
        ["version_id"] = null,
        ["agent_name"] = "Jack",
        ["conversation_id"] = Call.ConversationId,
        ["start_time_unix_secs"] = StartedAt.ToUnixTimeSeconds(),
        ["call_duration_secs"] = (int?)Data?["metadata"]?["call_duration_secs"] ?? 0,
        ["message_count"] = (Data?["transcript"] as JsonArray)?.Count ?? 0,
        ["status"] = Status,
        ["termination_reason"] = (string?)Data?["metadata"]?["termination_reason"],
        ["call_successful"] = CallSuccessful,
        ["transcript_summary"] = null,
        ["call_summary_title"] = (string?)Data?["analysis"]?["call_summary_title"],
        ["main_language"] = "en",
        ["conversation_initiation_source"] = "twilio",
        ["direction"] = "outbound",
        ["rating"] = null,
    };

    /// <summary>Returns the conversation as the API shows it: without a transcript until the conversation is done.</summary>
    public JsonNode Answer() => Data?.DeepClone() ?? new JsonObject
    {
        ["agent_id"] = Call.AgentId,
        ["agent_name"] = "Jack",
        ["conversation_id"] = Call.ConversationId,
        ["status"] = Status,
        ["user_id"] = Call.Copy("user_id"),
        ["transcript"] = new JsonArray(),
        ["metadata"] = new JsonObject
        {
            ["start_time_unix_secs"] = StartedAt.ToUnixTimeSeconds(),
            ["accepted_time_unix_secs"] = StartedAt.ToUnixTimeSeconds(),
            ["call_duration_secs"] = 0,
            ["phone_call"] = new JsonObject
            {
                ["direction"] = "outbound",
                ["phone_number_id"] = Call.PhoneNumberId,
                ["agent_number"] = AgentNumber,
                ["external_number"] = To,
                ["type"] = "twilio",
                ["stream_sid"] = null,
                ["call_sid"] = Call.CallSid,
            },
            ["conversation_initiation_source"] = "twilio",
        },
        ["analysis"] = null,
        ["conversation_initiation_client_data"] = Call.ClientData.DeepClone(),
        ["has_audio"] = false,
        ["has_user_audio"] = false,
        ["has_response_audio"] = false,
    };

    /// <summary><c>success</c>, <c>failure</c> or <c>unknown</c>.</summary>
    public string CallSuccessful =>
        (string?)Data?["analysis"]?["call_successful"] ?? (Status == "failed" ? "failure" : "unknown");
}

/// <summary>The conversations of the workspace, in memory.</summary>
internal sealed class ElevenLabsWorkspace
{
    public Records<Conversation> Conversations { get; } = new(conversation => conversation.Call.ConversationId);
}
