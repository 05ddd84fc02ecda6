using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Profiles;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// The fields of a post-call webhook that this service uses. Every field may be missing or null, and ElevenLabs often adds fields.
/// <code>
/// {"type":"post_call_transcription","event_timestamp":1739537297,"data":{
///   "agent_id":"agent_…","conversation_id":"conv_…","status":"done","user_id":null,
///   "transcript":[{"role":"agent","message":"Hello","time_in_call_secs":0},{"role":"user","message":null,"time_in_call_secs":2}],
///   "metadata":{"start_time_unix_secs":1739537200,"call_duration_secs":90,"termination_reason":"…","phone_call":{
///     "type":"twilio","direction":"inbound","agent_number":"+1…","external_number":"+1…","call_sid":"CA…","call_result":"answered"}},
///   "analysis":{"call_successful":"success","transcript_summary":"…","call_summary_title":"…","data_collection_results":{
///     "monthly_income":{"data_collection_id":"monthly_income","value":"$3,200","json_schema":{"type":"string"},"rationale":"…"}}},
///   "conversation_initiation_client_data":{"dynamic_variables":{"lead_id":"…"},"user_id":null}}}
/// </code>
/// </summary>
internal sealed record PostCallPayload
{
    public const string Transcription = "post_call_transcription";
    public const string Audio = "post_call_audio";
    public const string InitiationFailure = "call_initiation_failure";

    public string? Type { get; private init; }

    /// <summary>The time of the event as the text that was sent, because it is part of the event's identity.</summary>
    public string? EventTimestamp { get; private init; }

    /// <summary>The time of the event; null if <see cref="EventTimestamp"/> is not a time.</summary>
    public DateTimeOffset? EventTime { get; private init; }

    public string? ConversationId { get; private init; }

    public string? AgentId { get; private init; }

    public string? Status { get; private init; }

    /// <summary>Our own dynamic variable, passed to the agent when the call started.</summary>
    public string? LeadId { get; private init; }

    public string? UserId { get; private init; }

    public DateTimeOffset? StartedAt { get; private init; }

    public double? DurationSeconds { get; private init; }

    public string? TerminationReason { get; private init; }

    /// <summary>inbound or outbound.</summary>
    public string? Direction { get; private init; }

    public string? CallSid { get; private init; }

    /// <summary>The lead's telephone number, for inbound and outbound calls.</summary>
    public string? ExternalNumber { get; private init; }

    /// <summary>answered, voicemail, busy, no_answer or failed.</summary>
    public string? CallResult { get; private init; }

    /// <summary>success, failure or unknown.</summary>
    public string? CallSuccessful { get; private init; }

    public string? Title { get; private init; }

    public string? Summary { get; private init; }

    /// <summary>The turns of the transcript, in order; null if the webhook has no transcript.</summary>
    public IReadOnlyList<PostCallTurn>? Turns { get; private init; }

    /// <summary>The results of the agent's data collection, in the order of the webhook; empty if there are none.</summary>
    public IReadOnlyList<CollectedResult> Collected { get; private init; } = [];

    /// <summary>Only in audio webhooks: MP3 in base64, or the <see cref="CutStringMarker"/> marker that replaces it.</summary>
    public string? FullAudio { get; private init; }

    /// <summary>Only in call-initiation-failure webhooks: why the call was not established.</summary>
    public CallFailurePayload? Failure { get; private init; }

    /// <summary>Parses a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static PostCallPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
        JsonElement? root = document.RootElement;
        var data = root.ReadField("data");
        var client = data.ReadField("conversation_initiation_client_data");
        var metadata = data.ReadField("metadata");
        var phone = metadata.ReadField("phone_call");
        var analysis = data.ReadField("analysis");

        return new PostCallPayload
        {
            Type = root.ReadTrimmedText("type"),
            EventTimestamp = root.ReadTrimmedText("event_timestamp"),
            EventTime = root.ReadUnixTime("event_timestamp"),
            ConversationId = data.ReadTrimmedText("conversation_id"),
            AgentId = data.ReadTrimmedText("agent_id"),
            Status = data.ReadTrimmedText("status"),
            LeadId = client.ReadField("dynamic_variables").ReadTrimmedText("lead_id"),
            UserId = data.ReadTrimmedText("user_id") ?? client.ReadTrimmedText("user_id"),
            StartedAt = metadata.ReadUnixTime("start_time_unix_secs"),
            DurationSeconds = metadata.ReadNumber("call_duration_secs"),
            TerminationReason = metadata.ReadTrimmedText("termination_reason"),
            Direction = phone.ReadTrimmedText("direction"),
            CallSid = phone.ReadTrimmedText("call_sid"),
            ExternalNumber = phone.ReadTrimmedText("external_number"),
            CallResult = phone.ReadTrimmedText("call_result"),
            CallSuccessful = analysis.ReadTrimmedText("call_successful"),
            Title = analysis.ReadTrimmedText("call_summary_title"),
            Summary = analysis.ReadTrimmedText("transcript_summary"),
            Collected = ReadCollected(analysis),
            FullAudio = data.ReadText("full_audio"),
            Failure = root.ReadTrimmedText("type") == InitiationFailure ? CallFailurePayload.Parse(data) : null,
            Turns = data.ReadItems("transcript")?.Select(PostCallTurn.Parse).ToList(),
        };
    }

    // The same results come as a map by id and, in newer webhooks, as a list.
    private static List<CollectedResult> ReadCollected(JsonElement? analysis)
    {
        if (analysis.ReadField("data_collection_results") is { ValueKind: JsonValueKind.Object } map)
        {
            return [.. map.EnumerateObject().Select(result => ReadCollected(result.Name, result.Value))];
        }

        return
        [
            .. from item in analysis.ReadItems("data_collection_results_list") ?? []
            let id = item.ReadTrimmedText("data_collection_id") ?? item.ReadTrimmedText("name")
            where id is not null
            select ReadCollected(id, item),
        ];
    }

    private static CollectedResult ReadCollected(string id, JsonElement? result) => new(
        id,
        result.ReadText("value") ?? (result.ReadFlag("value") switch
        {
            true => "yes",
            false => "no",
            null => result.ReadField("value") is { } value ? PlainText.Clean(value.GetRawText()) : null,
        }),
        result.ReadText("rationale"));
}

/// <summary>The fields of a post-call webhook that identify its event.</summary>
/// <param name="Type">For example <c>post_call_transcription</c>.</param>
/// <param name="ConversationId">The conversation id of ElevenLabs.</param>
/// <param name="EventTimestamp">Unix seconds as the text that was sent.</param>
internal sealed record PostCallHead(string? Type, string? ConversationId, string? EventTimestamp)
{
    /// <summary>Parses only these fields of a body; null if the body is not JSON.</summary>
    public static PostCallHead? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
            JsonElement? root = document.RootElement;
            return new PostCallHead(
                root.ReadTrimmedText("type"),
                root.ReadField("data").ReadTrimmedText("conversation_id"),
                root.ReadTrimmedText("event_timestamp"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a field name contains half of a surrogate pair.
            return null;
        }
    }
}

/// <summary>One turn of a transcript.</summary>
/// <param name="Role">user or agent; "unknown" if the webhook contains no role.</param>
/// <param name="Message">The spoken text; null for a tool call or silence.</param>
/// <param name="OffsetSeconds">The start of the turn, in seconds since the start of the call.</param>
/// <param name="Interrupted">Whether the other party interrupted the turn.</param>
internal sealed record PostCallTurn(string Role, string? Message, double OffsetSeconds, bool Interrupted)
{
    public static PostCallTurn Parse(JsonElement? json) => new(
        json.ReadTrimmedText("role") ?? "unknown",
        json.ReadText("message"),
        Math.Clamp(json.ReadNumber("time_in_call_secs") ?? 0, 0, TimeSpan.FromDays(7).TotalSeconds),
        json.ReadFlag("interrupted") ?? false);
}
