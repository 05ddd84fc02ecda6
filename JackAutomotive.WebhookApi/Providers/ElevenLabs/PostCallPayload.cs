using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Identification;
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

    /// <summary>The agent that ended the conversation.</summary>
    public string? AgentId { get; private init; }

    /// <summary>The agents that took part before the conversation was transferred to <see cref="AgentId"/>; the first one began it.</summary>
    public IReadOnlyList<string> VisitedAgentIds { get; private init; } = [];

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

    /// <summary>The lead's telephone number or id at a messaging service, for inbound and outbound conversations.</summary>
    public string? ExternalNumber { get; private init; }

    /// <summary>voice, sms or whatsapp.</summary>
    public string Channel { get; private init; } = "";

    /// <summary>The addresses that may be the lead's, the most reliable first.</summary>
    public IReadOnlyList<AddressClue> Addresses { get; private init; } = [];

    /// <summary>answered, voicemail, busy, no_answer or failed.</summary>
    public string? CallResult { get; private init; }

    /// <summary>success, failure or unknown.</summary>
    public string? CallSuccessful { get; private init; }

    public string? Title { get; private init; }

    public string? Summary { get; private init; }

    /// <summary>The turns of the transcript that have content, in order; null if the webhook has no transcript.</summary>
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
        using var document = JsonBody.Parse(body);
        JsonElement? root = document.RootElement;
        var head = PostCallHead.Read(root);
        var data = PostCallHead.FindData(root);
        var client = Find(root, "conversation_initiation_client_data");
        var variables = client.ReadField("dynamic_variables");
        var metadata = Find(root, "metadata");
        var phone = metadata.ReadField("phone_call");
        var analysis = Find(root, "analysis");

        return new PostCallPayload
        {
            Type = head.Type,
            EventTimestamp = head.EventTimestamp,
            EventTime = root.ReadTime("event_timestamp") ?? data.ReadTime("event_timestamp"),
            ConversationId = head.ConversationId,
            AgentId = data.ReadId("agent_id") ?? root.ReadId("agent_id"),
            VisitedAgentIds =
            [
                .. (data.ReadItems("visited_agents") ?? []).Select(agent => agent.ReadId("agent_id")).Append(variables.ReadId("system__agent_id"))
                    .OfType<string>(),
            ],
            Status = data.ReadTrimmedText("status"),
            LeadId = variables.ReadTrimmedText("lead_id"),
            UserId = data.ReadTrimmedText("user_id") ?? client.ReadTrimmedText("user_id"),
            StartedAt = metadata.ReadTime("start_time_unix_secs"),
            DurationSeconds = metadata.ReadDuration("call_duration_secs"),
            TerminationReason = metadata.ReadTrimmedText("termination_reason") ?? metadata.ReadField("error").ReadTrimmedText("reason"),
            Direction = phone.ReadTrimmedText("direction")
                ?? metadata.ReadField("sms").ReadTrimmedText("direction")
                ?? metadata.ReadField("whatsapp").ReadTrimmedText("direction"),
            CallSid = phone.ReadId("call_sid"),
            ExternalNumber = CallerClues.FindExternalNumber(metadata),
            Channel = CallerClues.FindChannel(metadata),
            Addresses = CallerClues.Read(data, root),
            CallResult = phone.ReadTrimmedText("call_result"),
            CallSuccessful = analysis.ReadTrimmedText("call_successful"),
            Title = analysis.ReadTrimmedText("call_summary_title"),
            Summary = analysis.ReadTrimmedText("transcript_summary"),
            Collected = ReadCollected(analysis),
            FullAudio = data.ReadText("full_audio"),
            Failure = head.Type == InitiationFailure ? CallFailurePayload.Parse(data) : null,
            Turns = (data.ReadItems("transcript") ?? root.ReadItems("transcript"))?
                .Select(PostCallTurn.Parse).Where(turn => !turn.IsEmpty).ToList(),
        };
    }

    private static List<CollectedResult> ReadCollected(JsonElement? analysis) =>
        [.. CallerClues.ReadCollected(analysis).Select(collected => ReadCollected(collected.Name, collected.Result))];

    private static CollectedResult ReadCollected(string id, JsonElement? result) => new(
        id,
        result.ReadText("value") ?? (result.ReadFlag("value") switch
        {
            true => "yes",
            false => "no",
            null => result.ReadField("value") is { } value ? PlainText.Clean(value.GetRawText()) : null,
        }),
        result.ReadText("rationale"));

    // Some senders put fields beside "data", not into it.
    private static JsonElement? Find(JsonElement? root, string name) => PostCallHead.FindData(root).ReadField(name) ?? root.ReadField(name);
}

/// <summary>The fields of a post-call webhook that identify its event.</summary>
/// <param name="Type">
/// For example <c>post_call_transcription</c>. If the webhook has no type, its content shows the type; null if it does not.
/// </param>
/// <param name="ConversationId">The conversation id of ElevenLabs; null if it is missing or too long.</param>
/// <param name="EventTimestamp">The time of the event as the text that was sent.</param>
internal sealed record PostCallHead(string? Type, string? ConversationId, string? EventTimestamp)
{
    /// <summary>Parses only these fields of a body; null if the body is not JSON.</summary>
    public static PostCallHead? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonBody.Parse(body);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads these fields of a parsed body.</summary>
    public static PostCallHead Read(JsonElement? root)
    {
        var data = FindData(root);
        return new PostCallHead(
            root.ReadTrimmedText("type") ?? InferType(root, data),
            data.ReadId("conversation_id") ?? root.ReadId("conversation_id"),
            root.ReadTrimmedText("event_timestamp") ?? data.ReadTrimmedText("event_timestamp"));
    }

    /// <summary>Returns the object with the conversation's fields: <c>data</c>, or the body itself if it has no such object.</summary>
    public static JsonElement? FindData(JsonElement? root) =>
        root.ReadField("data") is { ValueKind: JsonValueKind.Object } data ? data : root;

    // Some senders omit the type. Each type has a field that no other type has.
    private static string? InferType(JsonElement? root, JsonElement? data) =>
        (data.ReadItems("transcript") ?? root.ReadItems("transcript")) is not null || data.ReadField("analysis") is not null
            ? PostCallPayload.Transcription
        : data.ReadText("full_audio") is not null ? PostCallPayload.Audio
        : data.ReadText("failure_reason") is not null ? PostCallPayload.InitiationFailure
        : null;
}

/// <summary>One turn of a transcript.</summary>
/// <param name="Role">user or agent; "unknown" if the webhook contains no role.</param>
/// <param name="Message">The spoken text; null for a tool call or silence.</param>
/// <param name="OffsetSeconds">The start of the turn, in seconds since the start of the call.</param>
/// <param name="Interrupted">Whether the other party interrupted the turn.</param>
/// <param name="HasTools">Whether the agent called a tool in the turn, or received a tool's result.</param>
internal sealed record PostCallTurn(string Role, string? Message, double OffsetSeconds, bool Interrupted, bool HasTools)
{
    /// <summary>Whether the turn has neither words nor tools. Such a turn shows nothing, so it is not stored.</summary>
    public bool IsEmpty => Message is null && !HasTools;

    public static PostCallTurn Parse(JsonElement? json) => new(
        json.ReadTrimmedText("role") ?? "unknown",
        json.ReadTrimmedText("message") is null ? JoinVoices(json) : json.ReadText("message"),
        Math.Clamp(json.ReadNumber("time_in_call_secs") ?? 0, 0, TimeSpan.FromDays(7).TotalSeconds),
        json.ReadFlag("interrupted") ?? false,
        (json.ReadItems("tool_calls") ?? []).Concat(json.ReadItems("tool_results") ?? []).Any());

    // An agent with several voices has no message, but a part for each voice: {"parts":[{"text":"Hello.","voice_label":"Jack"}, …]}.
    private static string? JoinVoices(JsonElement? json)
    {
        var parts = json.ReadField("multivoice_message").ReadItems("parts") ?? json.ReadItems("multivoice_message") ?? [];
        var texts = parts.Select(part => part.ReadTrimmedText("text")).OfType<string>().ToList();
        return texts.Count > 0 ? string.Join(' ', texts) : null;
    }
}
