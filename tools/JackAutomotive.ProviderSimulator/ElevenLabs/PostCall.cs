using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// Builds the <c>post_call_transcription</c> webhook of a call that is played from a script. The data object matches the
/// answer of ElevenLabs' <c>GET /v1/convai/conversations/{id}</c>, null members included.
/// </summary>
internal static class PostCall
{
    // ElevenLabs sends UTF-8 without escapes.
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Plays <paramref name="script"/> with <paramref name="person"/>.</summary>
    /// <param name="script">The conversation.</param>
    /// <param name="person">The customer.</param>
    /// <param name="random">Source of the ids and of the small differences between calls.</param>
    /// <param name="endedAt">When the call ended. The webhook's timestamp is three seconds later.</param>
    /// <param name="agentId">The voice agent's id.</param>
    /// <param name="agentNumber">The dealership's number, in E.164.</param>
    /// <param name="leadId">The id of the lead that the agent knows the customer as, or null.</param>
    /// <param name="accepted">The request that started the call; null for a call that no request started.</param>
    public static FinishedCall Create(
        CallScript script, Person person, Random random, DateTimeOffset endedAt, string agentId, string agentNumber, string? leadId,
        AcceptedCall? accepted = null)
    {
        var conversationId = accepted?.ConversationId ?? "conv_" + random.Ulid();
        var callSid = accepted?.CallSid ?? "CA" + random.Hex(32);
        var (turns, duration) = Transcript.Play(script, person, random, agentId);
        if (accepted is not null)
        {
            Transcript.Compress(turns, duration, accepted.Seconds);
            duration = accepted.Seconds;
        }

        var start = endedAt.AddSeconds(-duration).ToUnixTimeSeconds();
        var dynamicVariables = DynamicVariables(agentId, agentNumber, person, conversationId, callSid, duration, endedAt, leadId, accepted);

        var webhook = new JsonObject
        {
            ["type"] = "post_call_transcription",
            ["event_timestamp"] = endedAt.ToUnixTimeSeconds() + 3,
            ["data"] = new JsonObject
            {
                ["agent_id"] = agentId,
                ["agent_name"] = "Jack",
                ["conversation_id"] = conversationId,
                ["status"] = "done",
                ["user_id"] = accepted?.Copy("user_id"),
                ["branch_id"] = null,
                ["version_id"] = null,
                ["environment"] = "production",
                ["transcript"] = turns,
                ["metadata"] = Metadata(
                    script, person, random, start, duration, agentNumber, callSid,
                    accepted?.PhoneNumberId ?? ElevenLabsOptions.DefaultPhoneNumberId),
                ["analysis"] = Analysis(script, person),
                ["conversation_initiation_client_data"] = new JsonObject
                {
                    ["conversation_config_override"] = accepted?.Copy("conversation_config_override") ?? new JsonObject(),
                    ["custom_llm_extra_body"] = accepted?.Copy("custom_llm_extra_body") ?? new JsonObject(),
                    ["user_id"] = accepted?.Copy("user_id"),
                    ["source_info"] = new JsonObject { ["source"] = "twilio", ["version"] = null },
                    ["dynamic_variables"] = dynamicVariables,
                },
                ["has_audio"] = true,
                ["has_user_audio"] = script.CallResult == "answered",
                ["has_response_audio"] = true,
            },
        };

        return new FinishedCall(conversationId, callSid, person.Phone, duration, JsonSerializer.SerializeToUtf8Bytes(webhook, s_json));
    }

    private static JsonObject Metadata(
        CallScript script, Person person, Random random, long start, int duration, string agentNumber, string callSid,
        string phoneNumberId) => new()
        {
            ["start_time_unix_secs"] = start,
            ["accepted_time_unix_secs"] = start,
            ["call_duration_secs"] = duration,
            ["cost"] = duration * 8,
            ["deletion_settings"] = new JsonObject
            {
                ["deletion_time_unix_secs"] = null,
                ["deleted_logs_at_time_unix_secs"] = null,
                ["deleted_audio_at_time_unix_secs"] = null,
                ["deleted_transcript_at_time_unix_secs"] = null,
                ["delete_transcript_and_pii"] = false,
                ["delete_audio"] = false,
            },
            ["feedback"] = new JsonObject { ["overall_score"] = null, ["likes"] = 0, ["dislikes"] = 0 },
            ["authorization_method"] = "authorization_header",
            ["charging"] = new JsonObject
            {
                ["dev_discount"] = false,
                ["is_burst"] = false,
                ["tier"] = "pro",
                ["llm_usage"] = new JsonObject
                {
                    ["irreversible_generation"] = new JsonObject { ["model_usage"] = new JsonObject() },
                    ["initiated_generation"] = new JsonObject { ["model_usage"] = new JsonObject() },
                },
                ["llm_price"] = Math.Round(duration * 0.00011, 6),
                ["llm_charge"] = duration,
                ["call_charge"] = duration * 7,
                ["free_minutes_consumed"] = 0,
            },
            ["phone_call"] = new JsonObject
            {
                ["direction"] = script.Direction == CallDirection.Inbound ? "inbound" : "outbound",
                ["phone_number_id"] = phoneNumberId,
                ["agent_number"] = agentNumber,
                ["external_number"] = person.Phone,
                ["call_result"] = script.CallResult,
                ["type"] = "twilio",
                ["stream_sid"] = "MZ" + random.Hex(32),
                ["call_sid"] = callSid,
            },
            ["batch_call"] = null,
            ["termination_reason"] = script.TerminationReason,
            ["error"] = null,
            ["warnings"] = new JsonArray(),
            ["main_language"] = "en",
            ["rag_usage"] = null,
            ["text_only"] = false,
            ["features_usage"] = new JsonObject
            {
                ["language_detection"] = new JsonObject { ["enabled"] = false, ["used"] = false },
                ["transfer_to_number"] = new JsonObject { ["enabled"] = true, ["used"] = false },
                ["voicemail_detection"] = new JsonObject { ["enabled"] = true, ["used"] = script.CallResult == "voicemail" },
            },
            ["eleven_assistant"] = new JsonObject { ["is_eleven_assistant"] = false },
            ["initiator_id"] = null,
            ["conversation_initiation_source"] = "twilio",
            ["timezone"] = null,
        };

    private static JsonObject Analysis(CallScript script, Person person) => new()
    {
        ["evaluation_criteria_results"] = new JsonObject
        {
            ["next_step_agreed"] = new JsonObject
            {
                ["criteria_id"] = "next_step_agreed",
                ["result"] = script.CallSuccessful,
                ["rationale"] = person.Fill(script.Rationale),
            },
        },
        ["data_collection_results"] = DataCollection.Results(person, script.Collected),
        ["call_successful"] = script.CallSuccessful,
        ["transcript_summary"] = person.Fill(script.Summary),
        ["call_summary_title"] = person.Fill(script.Title),
    };

    private static JsonObject DynamicVariables(
        string agentId, string agentNumber, Person person, string conversationId, string callSid, int duration, DateTimeOffset endedAt,
        string? leadId, AcceptedCall? accepted)
    {
        var variables = new JsonObject
        {
            ["system__agent_id"] = agentId,
            ["system__current_agent_id"] = agentId,
            ["system__caller_id"] = person.Phone,
            ["system__called_number"] = agentNumber,
            ["system__call_duration_secs"] = duration,
            ["system__time_utc"] = endedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff+00:00", CultureInfo.InvariantCulture),
            ["system__conversation_id"] = conversationId,
            ["system__call_sid"] = callSid,
        };

        if (leadId is not null)
        {
            variables["lead_id"] = leadId;
        }

        foreach (var (name, value) in accepted?.Copy("dynamic_variables") as JsonObject ?? [])
        {
            variables[name] = value?.DeepClone();
        }

        return variables;
    }
}
