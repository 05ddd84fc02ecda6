using System.Text;
using System.Text.Json.Nodes;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds conversation-events webhooks of one conversation and signs them as ElevenLabs does.</summary>
internal sealed class ConversationEventsDriver(TimeProvider time, string? conversation = null, string secret = ConversationEventsDriver.Secret)
{
    public const string Secret = "wsec_live_0123456789abcdef";

    private const string Path = "/api/webhooks/elevenlabs/conversation-events";

    // Second 0 of the conversation.
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public string Conversation { get; } = conversation ?? PostCallDriver.NewConversation();

    public SignedRequest Started(string? number = null, string? callSid = null, string? leadId = null, int second = 0) =>
        Event("conversation_started", second, null,
            ("external_number", number), ("call_sid", callSid), ("lead_id", leadId));

    public SignedRequest User(string text, int? id, int second) => Event("user_transcript", second, id, ("message", text));

    public SignedRequest Agent(string text, int? id, int second) => Event("agent_response", second, id, ("text", text));

    public SignedRequest Correction(string original, string corrected, int? id, int second) => Event("agent_response_correction", second, id,
        ("original_agent_response", original), ("corrected_agent_response", corrected));

    public SignedRequest Partial(string text, string type = "tentative_user_transcript", int second = 1) =>
        Event(type, second, null, ("text", text));

    public SignedRequest Ended(int second, string type = "conversation_ended") => Event(type, second, null, ("reason", "The customer hung up."));

    /// <summary>Builds any event, with its fields directly in <c>data</c>.</summary>
    public SignedRequest Event(string type, int second, int? id, params (string Name, JsonNode? Value)[] fields)
    {
        var data = new JsonObject { ["conversation_id"] = Conversation, ["agent_id"] = "agent_test" };
        if (id is { } eventId)
        {
            data["event_id"] = eventId;
        }

        foreach (var (name, value) in fields)
        {
            data[name] = value;
        }

        return Request(new JsonObject
        {
            ["type"] = type,
            ["event_timestamp"] = s_start.AddSeconds(second).ToUnixTimeSeconds(),
            ["data"] = data,
        });
    }

    public SignedRequest Request(JsonNode payload) => Request(payload.ToJsonString());

    public SignedRequest Request(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var signature = PostCallDriver.Sign(time.GetUtcNow().ToUnixTimeSeconds().ToString(), bytes, secret);
        return new SignedRequest(Path, "application/json", bytes, [(PostCallDriver.SignatureHeader, signature)]);
    }
}
