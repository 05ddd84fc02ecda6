using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// What is told of a conversation while it is held. ElevenLabs has live events on WebSockets only; a bridge posts them in an envelope,
/// flat or with the socket's own object inside:
/// <code>
/// {"type":"user_transcript","event_timestamp":1739537210,"data":{
///   "conversation_id":"conv_…","agent_id":"agent_…","event_id":7,"message":"Is it still there?"}}
/// {"type":"agent_response_correction","event_timestamp":1739537214,"data":{"conversation_id":"conv_…",
///   "agent_response_correction_event":{"event_id":8,"original_agent_response":"Yes, and we","corrected_agent_response":"Yes"}}}
/// </code>
/// conversation_started may say who is called: call_sid, caller_id or external_number, dynamic_variables.lead_id.
/// </summary>
internal sealed record ConversationEventsPayload
{
    /// <summary>What a partial line is called here, whatever it was called by its sender.</summary>
    public const string Partial = "partial";

    private const int MaxIdLength = 200;

    private static readonly Dictionary<string, string> s_kinds = new()
    {
        [LiveKinds.Started] = LiveKinds.Started,
        ["conversation_initiation_metadata"] = LiveKinds.Started,
        ["call_started"] = LiveKinds.Started,
        [LiveKinds.User] = LiveKinds.User,
        ["user_message"] = LiveKinds.User,
        [LiveKinds.Agent] = LiveKinds.Agent,
        ["agent_message"] = LiveKinds.Agent,
        [LiveKinds.Correction] = LiveKinds.Correction,
        [LiveKinds.Interruption] = LiveKinds.Interruption,
        [LiveKinds.Silence] = LiveKinds.Silence,
        [LiveKinds.ToolCall] = LiveKinds.ToolCall,
        [LiveKinds.ToolResponse] = LiveKinds.ToolResponse,
        [LiveKinds.Ended] = LiveKinds.Ended,
        ["call_ended"] = LiveKinds.Ended,
        [LiveKinds.Error] = LiveKinds.Error,
        ["client_error"] = LiveKinds.Error,
        ["tentative_user_transcript"] = Partial,
        ["partial_user_transcript"] = Partial,
        ["agent_chat_response_part"] = Partial,
        ["partial_agent_response"] = Partial,
    };

    // The socket's own objects, by what they are the object of.
    private static readonly string[] s_nested =
    [
        "conversation_initiation_metadata_event", "user_transcription_event", "tentative_user_transcription_event",
        "agent_response_event", "agent_response_correction_event", "text_response_part", "interruption_event", "client_tool_call",
        "agent_tool_response", "error_event",
    ];

    /// <summary>Every type that is known, by whatever name.</summary>
    public static IReadOnlyCollection<string> KnownTypes => s_kinds.Keys;

    public string? Type { get; private init; }

    /// <summary>One of <see cref="LiveKinds"/>, or <see cref="Partial"/>; null for a type that is not known.</summary>
    public string? Kind { get; private init; }

    public string? ConversationId { get; private init; }

    public string? AgentId { get; private init; }

    public string? CallSid { get; private init; }

    /// <summary>The customer's number.</summary>
    public string? ExternalNumber { get; private init; }

    /// <summary>Our own variable, given to the agent when the call was started or taken.</summary>
    public string? LeadId { get; private init; }

    /// <summary>What of a line of a conversation is being said, for a partial one: user or agent.</summary>
    public string Role { get; private init; } = "";

    /// <summary>When it happened, if the event says so.</summary>
    public DateTimeOffset? At { get; private init; }

    public string? EventId { get; private init; }

    public string? Text { get; private init; }

    /// <summary>The event's identity within its conversation: its type with its id, else its number, else what it says.</summary>
    public string Key { get; private init; } = "";

    private long? Number { get; init; }

    private string? Original { get; init; }

    private double? Seconds { get; init; }

    /// <summary>Reads a body; null if it is not JSON. Such a body is signed all the same, so the inbox keeps it for a person to look at.</summary>
    public static ConversationEventsPayload? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Parse(body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name holds half of a surrogate pair.
            return null;
        }
    }

    /// <summary>Reads a body.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static ConversationEventsPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
        JsonElement? root = document.RootElement;
        var data = root.Field("data");
        var nested = s_nested.Select(name => data.Field(name) ?? root.Field(name)).FirstOrDefault(found => found is not null);
        JsonElement?[] places = [nested, data, root];

        var type = root.Word("type");
        var kind = KindOf(type, data.Flag("is_final") ?? nested.Flag("is_final") ?? true);
        var eventId = First(places, "event_id", "tool_call_id");
        var sequence = First(places, "sequence_number", "sequence");
        return new ConversationEventsPayload
        {
            Type = type,
            Kind = kind,
            ConversationId = First(places, "conversation_id") is { Length: <= MaxIdLength } id ? id : null,
            AgentId = First(places, "agent_id"),
            CallSid = First(places, "call_sid"),
            ExternalNumber = First(places, "external_number", "caller_id", "from_number"),
            LeadId = First(places, "lead_id")
                ?? data.Field("dynamic_variables").Word("lead_id")
                ?? data.Field("conversation_initiation_client_data").Field("dynamic_variables").Word("lead_id"),
            Role = type?.Contains("agent", StringComparison.Ordinal) == true ? "agent" : "user",
            At = TimeOf(root, "event_timestamp") ?? TimeOf(data, "event_timestamp") ?? TimeOf(data, "timestamp"),
            EventId = eventId,
            Number = NumberOf(eventId) ?? NumberOf(sequence),
            Key = KeyOf(kind ?? type ?? "", eventId, sequence, body),
            Text = First(places, TextNamesOf(kind)),
            Original = First(places, "original_agent_response", "original"),
            Seconds = SecondsOf(places),
        };
    }

    /// <summary>The event as it is kept with its conversation.</summary>
    public LiveReport ToReport(DateTimeOffset receivedAt) =>
        new(Key, Kind!, At ?? receivedAt, EventId, Number, Text, Original, Seconds);

    private static string? KindOf(string? type, bool isFinal) =>
        s_kinds.GetValueOrDefault(type ?? "") switch
        {
            LiveKinds.User or LiveKinds.Agent when !isFinal => Partial,
            var kind => kind,
        };

    private static string[] TextNamesOf(string? kind) => kind switch
    {
        LiveKinds.User => ["user_transcript", "message", "text", "transcript"],
        LiveKinds.Agent => ["agent_response", "message", "text"],
        LiveKinds.Correction => ["corrected_agent_response", "corrected", "message", "text"],
        LiveKinds.Ended => ["reason", "termination_reason", "message"],
        LiveKinds.Error => ["message", "reason"],
        LiveKinds.ToolCall or LiveKinds.ToolResponse => ["tool_name"],
        Partial => ["user_transcript", "agent_response", "text", "message", "transcript"],
        _ => [],
    };

    // Two events without an id are two events, unless they are the same to the letter.
    private static string KeyOf(string kind, string? eventId, string? sequence, ReadOnlyMemory<byte> body)
    {
        var key = eventId is not null ? $"{kind}:{eventId}" : sequence is not null ? $"{kind}#{sequence}" : null;
        return key is { Length: <= MaxIdLength }
            ? key
            : $"{(kind.Length <= MaxIdLength / 2 ? kind : "")}:sha256:{Convert.ToHexStringLower(
                SHA256.HashData(key is null ? body.Span : Encoding.UTF8.GetBytes(key)))}";
    }

    private static string? First(JsonElement?[] places, params string[] names) =>
        names.SelectMany(name => places.Select(place => place.Word(name))).FirstOrDefault(word => word is not null);

    private static long? NumberOf(string? word) =>
        long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? SecondsOf(JsonElement?[] places)
    {
        var seconds = First(places, "duration_seconds", "duration_secs", "silence_seconds", "seconds", "duration");
        var milliseconds = First(places, "duration_ms", "silence_duration_ms");
        return Parse(seconds) ?? Parse(milliseconds) / 1000;

        static double? Parse(string? word) =>
            double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e7
                ? number
                : null;
    }

    // Unix seconds; some bridges send milliseconds, or the time in words.
    private static DateTimeOffset? TimeOf(JsonElement? parent, string name)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return parent.UnixTime(name) is { } seconds ? seconds
            : parent.Number(name) is >= 1e11 and < 1e14 and { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)
            : DateTimeOffset.TryParse(parent.Word(name), CultureInfo.InvariantCulture, Utc, out var time) ? time
            : null;
    }
}
