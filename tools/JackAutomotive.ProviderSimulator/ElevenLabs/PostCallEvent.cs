using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>A post-call webhook other than the transcript.</summary>
/// <param name="Type">The webhook's type.</param>
/// <param name="ConversationId">The conversation's id.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Body">The webhook's JSON: exactly the bytes that are signed and sent. Every enumeration returns the same bytes.</param>
internal sealed record PostCallEvent(string Type, string ConversationId, string Customer, IEnumerable<ReadOnlyMemory<byte>> Body)
{
    /// <summary>An invented type that no receiver knows.</summary>
    public const string UnknownType = "conversation_mood_detected";

    /// <summary>The audio of a call, in a body of about <paramref name="megabytes"/> megabytes (a million bytes each).</summary>
    public static PostCallEvent Audio(FinishedCall call, string agentId, DateTimeOffset at, int seed, double megabytes) =>
        new("post_call_audio", call.ConversationId, call.Customer, CallAudio.Body(call.ConversationId, agentId, at, seed, megabytes));

    /// <summary>A call that the agent tried to make and that failed.</summary>
    /// <param name="person">The customer that the agent tried to call.</param>
    /// <param name="random">Source of the ids.</param>
    /// <param name="at">When the call failed.</param>
    /// <param name="agentId">The voice agent's id.</param>
    /// <param name="agentNumber">The dealership's number, in E.164.</param>
    /// <param name="reason"><c>busy</c>, <c>no-answer</c> or <c>unknown</c>.</param>
    /// <param name="accepted">The request that started the call; null for a call that no request started.</param>
    public static PostCallEvent Failure(
        Person person, Random random, DateTimeOffset at, string agentId, string agentNumber, string reason, AcceptedCall? accepted = null)
    {
        var twilio = new JsonObject
        {
            ["CallSid"] = accepted?.CallSid ?? "CA" + random.Hex(32),
            ["CallStatus"] = reason == "unknown" ? "failed" : reason,
            ["SequenceNumber"] = "2",
            ["Timestamp"] = at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
            ["From"] = agentNumber,
            ["To"] = person.Phone,
            ["Direction"] = "outbound-api",
            ["CallDuration"] = "0",
        };
        return Create("call_initiation_failure", person, random, at, agentId, new()
        {
            ["failure_reason"] = reason,
            ["metadata"] = new JsonObject { ["type"] = "twilio", ["body"] = twilio },
        }, accepted?.ConversationId);
    }

    /// <summary>A type that ElevenLabs could introduce later.</summary>
    public static PostCallEvent Unknown(Person person, Random random, DateTimeOffset at, string agentId) =>
        Create(UnknownType, person, random, at, agentId, new() { ["mood"] = "cheerful" });

    private static PostCallEvent Create(
        string type, Person person, Random random, DateTimeOffset at, string agentId, JsonObject data, string? acceptedId = null)
    {
        var conversationId = acceptedId ?? "conv_" + random.Ulid();
        data["agent_id"] = agentId;
        data["conversation_id"] = conversationId;
        var body = new JsonObject { ["type"] = type, ["event_timestamp"] = at.ToUnixTimeSeconds(), ["data"] = data };
        ReadOnlyMemory<byte>[] bytes = [JsonSerializer.SerializeToUtf8Bytes(body)];
        return new PostCallEvent(type, conversationId, person.Phone, bytes);
    }
}
