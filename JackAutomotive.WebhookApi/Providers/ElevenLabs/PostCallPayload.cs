using System.Text.Json;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// The fields of a post-call webhook that this service uses. Every field may be missing or null, and ElevenLabs often adds fields.
/// <code>
/// {"type":"post_call_transcription","event_timestamp":1739537297,"data":{
///   "agent_id":"agent_…","conversation_id":"conv_…","status":"done","user_id":null,
///   "transcript":[{"role":"agent","message":"Hello","time_in_call_secs":0},{"role":"user","message":null,"time_in_call_secs":2}],
///   "metadata":{"start_time_unix_secs":1739537200,"call_duration_secs":90,"termination_reason":"…","phone_call":{
///     "type":"twilio","direction":"inbound","agent_number":"+1…","external_number":"+1…","call_sid":"CA…","call_result":"answered"}},
///   "analysis":{"call_successful":"success","transcript_summary":"…","call_summary_title":"…"},
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

    /// <summary>Only in audio webhooks: MP3 in base64, or the <see cref="CutStringMarker"/> marker that replaces it.</summary>
    public string? FullAudio { get; private init; }

    /// <summary>Only in webhooks about calls that were not established.</summary>
    public CallFailurePayload? Failure { get; private init; }

    /// <summary>Parses a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static PostCallPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
        JsonElement? root = document.RootElement;
        var data = root.Field("data");
        var client = data.Field("conversation_initiation_client_data");
        var metadata = data.Field("metadata");
        var phone = metadata.Field("phone_call");
        var analysis = data.Field("analysis");

        return new PostCallPayload
        {
            Type = root.TrimmedText("type"),
            EventTimestamp = root.TrimmedText("event_timestamp"),
            EventTime = root.UnixTime("event_timestamp"),
            ConversationId = data.TrimmedText("conversation_id"),
            AgentId = data.TrimmedText("agent_id"),
            Status = data.TrimmedText("status"),
            LeadId = client.Field("dynamic_variables").TrimmedText("lead_id"),
            UserId = data.TrimmedText("user_id") ?? client.TrimmedText("user_id"),
            StartedAt = metadata.UnixTime("start_time_unix_secs"),
            DurationSeconds = metadata.Number("call_duration_secs"),
            TerminationReason = metadata.TrimmedText("termination_reason"),
            Direction = phone.TrimmedText("direction"),
            CallSid = phone.TrimmedText("call_sid"),
            ExternalNumber = phone.TrimmedText("external_number"),
            CallResult = phone.TrimmedText("call_result"),
            CallSuccessful = analysis.TrimmedText("call_successful"),
            Title = analysis.TrimmedText("call_summary_title"),
            Summary = analysis.TrimmedText("transcript_summary"),
            FullAudio = data.Text("full_audio"),
            Failure = root.TrimmedText("type") == InitiationFailure ? CallFailurePayload.Parse(data) : null,
            Turns = data.Items("transcript")?.Select(PostCallTurn.Parse).ToList(),
        };
    }
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
            return new PostCallHead(root.TrimmedText("type"), root.Field("data").TrimmedText("conversation_id"), root.TrimmedText("event_timestamp"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name holds half of a surrogate pair.
            return null;
        }
    }
}

/// <summary>One turn of a transcript.</summary>
/// <param name="Role">user or agent; "unknown" if the webhook names no role.</param>
/// <param name="Message">The spoken text; null for a tool call or silence.</param>
/// <param name="OffsetSeconds">The start of the turn, in seconds since the start of the call.</param>
/// <param name="Interrupted">Whether the other party interrupted the turn.</param>
internal sealed record PostCallTurn(string Role, string? Message, double OffsetSeconds, bool Interrupted)
{
    public static PostCallTurn Parse(JsonElement? json) => new(
        json.TrimmedText("role") ?? "unknown",
        json.Text("message"),
        Math.Clamp(json.Number("time_in_call_secs") ?? 0, 0, TimeSpan.FromDays(7).TotalSeconds),
        json.Flag("interrupted") ?? false);
}
