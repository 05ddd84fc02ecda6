using System.Text.Json;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// The part of a post-call webhook that we use. Every field may be missing or null at the provider's end, and new ones appear often.
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

    /// <summary>When the event was made, as text: it is part of the event's identity.</summary>
    public string? EventTimestamp { get; private init; }

    /// <summary>The same as a time, if it is one.</summary>
    public DateTimeOffset? EventTime { get; private init; }

    public string? ConversationId { get; private init; }

    public string? AgentId { get; private init; }

    public string? Status { get; private init; }

    /// <summary>Our own variable, given to the agent when the call was started or taken.</summary>
    public string? LeadId { get; private init; }

    public string? UserId { get; private init; }

    public DateTimeOffset? StartedAt { get; private init; }

    public double? DurationSeconds { get; private init; }

    public string? TerminationReason { get; private init; }

    /// <summary>inbound or outbound.</summary>
    public string? Direction { get; private init; }

    public string? CallSid { get; private init; }

    /// <summary>The customer's number, in both directions.</summary>
    public string? ExternalNumber { get; private init; }

    /// <summary>answered, voicemail, busy, no_answer or failed.</summary>
    public string? CallResult { get; private init; }

    /// <summary>success, failure or unknown.</summary>
    public string? CallSuccessful { get; private init; }

    public string? Title { get; private init; }

    public string? Summary { get; private init; }

    /// <summary>What was said, in order; null when the webhook leaves it out.</summary>
    public IReadOnlyList<PostCallTurn>? Turns { get; private init; }

    /// <summary>Only in audio webhooks: MP3 in base64, or a <see cref="CutString"/> for it.</summary>
    public string? FullAudio { get; private init; }

    /// <summary>Only in webhooks about calls that did not come about.</summary>
    public CallFailurePayload? Failure { get; private init; }

    /// <summary>Reads a body.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
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
            Type = root.Word("type"),
            EventTimestamp = root.Word("event_timestamp"),
            EventTime = root.UnixTime("event_timestamp"),
            ConversationId = data.Word("conversation_id"),
            AgentId = data.Word("agent_id"),
            Status = data.Word("status"),
            LeadId = client.Field("dynamic_variables").Word("lead_id"),
            UserId = data.Word("user_id") ?? client.Word("user_id"),
            StartedAt = metadata.UnixTime("start_time_unix_secs"),
            DurationSeconds = metadata.Number("call_duration_secs"),
            TerminationReason = metadata.Word("termination_reason"),
            Direction = phone.Word("direction"),
            CallSid = phone.Word("call_sid"),
            ExternalNumber = phone.Word("external_number"),
            CallResult = phone.Word("call_result"),
            CallSuccessful = analysis.Word("call_successful"),
            Title = analysis.Word("call_summary_title"),
            Summary = analysis.Word("transcript_summary"),
            FullAudio = data.Text("full_audio"),
            Failure = root.Word("type") == InitiationFailure ? CallFailurePayload.Parse(data) : null,
            Turns = data.Items("transcript")?.Select(PostCallTurn.Parse).ToList(),
        };
    }
}

/// <summary>The fields of a post-call webhook that identify its event.</summary>
/// <param name="Type">For example <c>post_call_transcription</c>.</param>
/// <param name="ConversationId">ElevenLabs' id.</param>
/// <param name="EventTimestamp">Unix seconds, as the text that was sent.</param>
internal sealed record PostCallHead(string? Type, string? ConversationId, string? EventTimestamp)
{
    /// <summary>Reads the fields without the rest of the body; null if the body is not JSON.</summary>
    public static PostCallHead? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
            JsonElement? root = document.RootElement;
            return new PostCallHead(root.Word("type"), root.Field("data").Word("conversation_id"), root.Word("event_timestamp"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name holds half of a surrogate pair.
            return null;
        }
    }
}

/// <summary>One turn of a transcript.</summary>
/// <param name="Role">user or agent; "unknown" if the provider does not say.</param>
/// <param name="Message">What was said, or null if nothing was: a tool was called, or there was silence.</param>
/// <param name="OffsetSeconds">Since the start of the call.</param>
/// <param name="Interrupted">The other side cut it off.</param>
internal sealed record PostCallTurn(string Role, string? Message, double OffsetSeconds, bool Interrupted)
{
    public static PostCallTurn Parse(JsonElement? json) => new(
        json.Word("role") ?? "unknown",
        json.Text("message"),
        Math.Clamp(json.Number("time_in_call_secs") ?? 0, 0, TimeSpan.FromDays(7).TotalSeconds),
        json.Flag("interrupted") ?? false);
}
