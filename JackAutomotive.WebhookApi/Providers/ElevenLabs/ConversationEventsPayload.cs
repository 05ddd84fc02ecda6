using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Identification;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// The fields of a live conversation's event. ElevenLabs sends these events over WebSockets only. A bridge posts each event as JSON, with
/// flat fields or with the nested object of the WebSocket:
/// <code>
/// {"type":"user_transcript","event_timestamp":1739537210,"data":{
///   "conversation_id":"conv_…","agent_id":"agent_…","event_id":7,"message":"Is it still there?"}}
/// {"type":"agent_response_correction","event_timestamp":1739537214,"data":{"conversation_id":"conv_…",
///   "agent_response_correction_event":{"event_id":8,"original_agent_response":"Yes, and we","corrected_agent_response":"Yes"}}}
/// </code>
/// conversation_started may identify the lead: call_sid, caller_id or external_number, dynamic_variables.lead_id.
/// </summary>
internal sealed record ConversationEventsPayload
{
    /// <summary>The kind of every partial line. Bridges use several type names for it.</summary>
    public const string Partial = "partial";

    private const int MaxIdLength = 200;
    private const int MaxShownTypeLength = 100;

    private static readonly Dictionary<string, string> s_kinds = new()
    {
        [LiveReportKinds.Started] = LiveReportKinds.Started,
        ["conversation_initiation_metadata"] = LiveReportKinds.Started,
        ["call_started"] = LiveReportKinds.Started,
        [LiveReportKinds.User] = LiveReportKinds.User,
        ["user_message"] = LiveReportKinds.User,
        [LiveReportKinds.Agent] = LiveReportKinds.Agent,
        ["agent_message"] = LiveReportKinds.Agent,
        [LiveReportKinds.Correction] = LiveReportKinds.Correction,
        [LiveReportKinds.Interruption] = LiveReportKinds.Interruption,
        [LiveReportKinds.Silence] = LiveReportKinds.Silence,
        [LiveReportKinds.ToolCall] = LiveReportKinds.ToolCall,
        [LiveReportKinds.ToolResponse] = LiveReportKinds.ToolResponse,
        [LiveReportKinds.Ended] = LiveReportKinds.Ended,
        ["call_ended"] = LiveReportKinds.Ended,
        [LiveReportKinds.Error] = LiveReportKinds.Error,
        ["client_error"] = LiveReportKinds.Error,
        ["tentative_user_transcript"] = Partial,
        ["partial_user_transcript"] = Partial,
        ["agent_chat_response_part"] = Partial,
        ["partial_agent_response"] = Partial,
    };

    // The objects of the WebSocket, which some bridges nest in the event.
    private static readonly string[] s_nestedObjects =
    [
        "conversation_initiation_metadata_event", "user_transcription_event", "tentative_user_transcription_event",
        "agent_response_event", "agent_response_correction_event", "text_response_part", "interruption_event", "client_tool_call",
        "agent_tool_response", "error_event",
    ];

    /// <summary>Every known type name, including the synonyms.</summary>
    public static IReadOnlyCollection<string> KnownTypes => s_kinds.Keys;

    public string? Type { get; private init; }

    /// <summary>The beginning of the type, for an operator.</summary>
    public string? ShownType => Type is { Length: > MaxShownTypeLength } ? $"{Type[..MaxShownTypeLength]}…" : Type;

    /// <summary>One of <see cref="LiveReportKinds"/>, or <see cref="Partial"/>; null for an unknown type.</summary>
    public string? Kind { get; private init; }

    public string? ConversationId { get; private init; }

    public string? AgentId { get; private init; }

    public string? CallSid { get; private init; }

    /// <summary>The lead's telephone number.</summary>
    public string? ExternalNumber { get; private init; }

    /// <summary>The other addresses that may be the lead's, the most reliable first.</summary>
    public IReadOnlyList<AddressClue> Addresses { get; private init; } = [];

    public string? UserId { get; private init; }

    /// <summary>Our own dynamic variable, passed to the agent when the call started.</summary>
    public string? LeadId { get; private init; }

    /// <summary>The speaker of a partial line: user or agent.</summary>
    public string Role { get; private init; } = "";

    /// <summary>When the event happened; null if the event contains no time.</summary>
    public DateTimeOffset? At { get; private init; }

    public string? EventId { get; private init; }

    public string? Text { get; private init; }

    /// <summary>The event's identity within its conversation: the kind with the event's id, sequence number or body hash.</summary>
    public string Key { get; private init; } = "";

    private long? Number { get; init; }

    private string? Original { get; init; }

    private double? Seconds { get; init; }

    /// <summary>Parses a body. Returns null if the body is not JSON; the inbox still stores such a body for an operator.</summary>
    public static ConversationEventsPayload? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Parses a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static ConversationEventsPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.Parse(body);
        JsonElement? root = document.RootElement;
        var data = root.ReadField("data");
        var nested = s_nestedObjects.Select(name => data.ReadField(name) ?? root.ReadField(name)).FirstOrDefault(found => found is not null);
        JsonElement?[] objects = [nested, data, root];

        var type = root.ReadTrimmedText("type");
        var kind = FindKind(type, data.ReadFlag("is_final") ?? nested.ReadFlag("is_final") ?? true);
        var eventId = FindText(objects, "event_id", "tool_call_id");
        var sequence = FindText(objects, "sequence_number", "sequence");
        return new ConversationEventsPayload
        {
            Type = type,
            Kind = kind,
            ConversationId = FindText(objects, "conversation_id") is { Length: <= MaxIdLength } id ? id : null,
            AgentId = FindText(objects, "agent_id"),
            CallSid = FindText(objects, "call_sid") is { Length: <= MaxIdLength } callSid ? callSid : null,
            ExternalNumber = FindText(objects, "external_number", "caller_id", "from_number"),
            Addresses = CallerClues.Read(data ?? root),
            UserId = FindText(objects, "user_id") ?? data.ReadField("conversation_initiation_client_data").ReadTrimmedText("user_id"),
            LeadId = FindText(objects, "lead_id")
                ?? data.ReadField("dynamic_variables").ReadTrimmedText("lead_id")
                ?? data.ReadField("conversation_initiation_client_data").ReadField("dynamic_variables").ReadTrimmedText("lead_id"),
            Role = type?.Contains("agent", StringComparison.Ordinal) == true ? "agent" : "user",
            At = root.ReadTime("event_timestamp") ?? data.ReadTime("event_timestamp") ?? data.ReadTime("timestamp"),
            EventId = eventId,
            Number = ParseNumber(eventId) ?? ParseNumber(sequence),
            Key = BuildKey(kind ?? type ?? "", eventId, sequence, body),
            Text = FindText(objects, GetTextFieldNames(kind)),
            Original = FindText(objects, "original_agent_response", "original"),
            Seconds = FindSeconds(objects),
        };
    }

    /// <summary>Converts the event to the report that is stored with its conversation.</summary>
    public LiveReport ToReport(DateTimeOffset receivedAt) =>
        new(Key, Kind!, At ?? receivedAt, EventId, Number, Text, Original, Seconds);

    private static string? FindKind(string? type, bool isFinal) =>
        s_kinds.GetValueOrDefault(type ?? "") switch
        {
            LiveReportKinds.User or LiveReportKinds.Agent when !isFinal => Partial,
            var kind => kind,
        };

    private static string[] GetTextFieldNames(string? kind) => kind switch
    {
        LiveReportKinds.User => ["user_transcript", "message", "text", "transcript"],
        LiveReportKinds.Agent => ["agent_response", "message", "text"],
        LiveReportKinds.Correction => ["corrected_agent_response", "corrected", "message", "text"],
        LiveReportKinds.Ended => ["reason", "termination_reason", "message"],
        LiveReportKinds.Error => ["message", "reason"],
        LiveReportKinds.ToolCall or LiveReportKinds.ToolResponse => ["tool_name"],
        Partial => ["user_transcript", "agent_response", "text", "message", "transcript"],
        _ => [],
    };

    // Two events without an id and a sequence number are the same event only if their bodies are identical.
    private static string BuildKey(string kind, string? eventId, string? sequence, ReadOnlyMemory<byte> body)
    {
        var readableKey = eventId is not null ? $"{kind}:{eventId}" : sequence is not null ? $"{kind}#{sequence}" : null;
        if (readableKey is { Length: <= MaxIdLength })
        {
            return readableKey;
        }

        var prefix = kind.Length <= MaxIdLength / 2 ? kind : "";
        var hash = SHA256.HashData(readableKey is null ? body.Span : Encoding.UTF8.GetBytes(readableKey));
        return $"{prefix}:sha256:{Convert.ToHexStringLower(hash)}";
    }

    private static string? FindText(JsonElement?[] objects, params string[] names) =>
        names.SelectMany(name => objects.Select(json => json.ReadTrimmedText(name))).FirstOrDefault(text => text is not null);

    private static long? ParseNumber(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? FindSeconds(JsonElement?[] objects)
    {
        var seconds = FindText(objects, "duration_seconds", "duration_secs", "silence_seconds", "seconds", "duration");
        var milliseconds = FindText(objects, "duration_ms", "silence_duration_ms");
        return ParseLength(seconds) ?? ParseLength(milliseconds) / 1000;

        static double? ParseLength(string? text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e7
                ? number
                : null;
    }
}
