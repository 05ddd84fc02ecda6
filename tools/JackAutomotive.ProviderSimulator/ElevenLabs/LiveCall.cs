using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// Turns the transcript of a finished call into the live events of that call: partial lines while speech is recognised, final lines, a
/// silence, and an agent's line that the customer interrupts. The final lines and the corrections match the transcript.
/// </summary>
internal sealed class LiveCall
{
    private const int WordsPerPartial = 3;
    private const double SilenceSeconds = 3.5;

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FinishedCall _call;
    private readonly List<LiveEvent> _events = [];
    private readonly string _agentId;
    private readonly long _start;
    private int _eventId;

    private LiveCall(FinishedCall call, string agentId, long start)
    {
        _call = call;
        _agentId = agentId;
        _start = start;
    }

    /// <summary>Returns all live events of the call, in order.</summary>
    public static IReadOnlyList<LiveEvent> EventsOf(FinishedCall call)
    {
        var data = JsonNode.Parse(call.Body)!["data"]!;
        var live = new LiveCall(call, (string)data["agent_id"]!, (long)data["metadata"]!["start_time_unix_secs"]!);
        live.AddConversation(data["transcript"]!.AsArray(), (string)data["metadata"]!["termination_reason"]!);
        return live._events;
    }

    private void AddConversation(JsonArray turns, string reason)
    {
        AddEvent("conversation_started", 0, new() { ["call_sid"] = _call.CallSid, ["external_number"] = _call.Customer });
        var interrupted = turns.FirstOrDefault(turn => (bool)turn!["interrupted"]!) ?? turns.First(turn => IsSaidBy("agent", turn!));
        foreach (var turn in turns)
        {
            var second = (int)turn!["time_in_call_secs"]!;
            if (IsSaidBy("user", turn))
            {
                AddCustomerLine((string)turn["message"]!, second);
            }
            else if (IsSaidBy("agent", turn))
            {
                AddAgentLine((string)turn["message"]!, (string?)turn["original_message"], turn == interrupted, second);
            }
            else if (turn["tool_calls"] is JsonArray { Count: > 0 } tools)
            {
                var tool = (string)tools[0]!["tool_name"]!;
                AddEvent("agent_tool_response", second, new() { ["tool_name"] = tool, ["is_error"] = false }, takesEventId: true);
            }
            else
            {
                AddEvent("silence_detected", second, new() { ["duration_seconds"] = SilenceSeconds }, takesEventId: true);
            }
        }

        if (_events.TrueForAll(liveEvent => liveEvent.Type != "silence_detected"))
        {
            AddEvent("silence_detected", _call.DurationSeconds, new() { ["duration_seconds"] = SilenceSeconds }, takesEventId: true);
        }

        AddEvent("conversation_ended", _call.DurationSeconds, new() { ["reason"] = reason });
    }

    private static bool IsSaidBy(string role, JsonNode turn) => (string?)turn["role"] == role && turn["message"] is not null;

    private void AddCustomerLine(string message, int second)
    {
        var words = message.Split(' ');
        for (var heard = WordsPerPartial; heard < words.Length; heard += WordsPerPartial)
        {
            AddEvent("tentative_user_transcript", second, new() { ["text"] = string.Join(' ', words.Take(heard)) });
        }

        // ElevenLabs' WebSocket sends the transcript in this object.
        AddEvent("user_transcript", second, new()
        {
            ["user_transcription_event"] = new JsonObject { ["user_transcript"] = message, ["event_id"] = ++_eventId },
        });
    }

    private void AddAgentLine(string message, string? intended, bool isInterrupted, int second)
    {
        var words = isInterrupted ? intended ?? $"{message} And if you have got a" : message;
        AddEvent("agent_response", second, new() { ["message"] = words }, takesEventId: true);
        if (isInterrupted)
        {
            AddEvent("interruption", second, new() { ["event_id"] = _eventId });
            AddEvent("agent_response_correction", second, new()
            {
                ["event_id"] = _eventId,
                ["original_agent_response"] = words,
                ["corrected_agent_response"] = message,
            });
        }
    }

    private void AddEvent(string type, int second, JsonObject fields, bool takesEventId = false)
    {
        fields["conversation_id"] = _call.ConversationId;
        fields["agent_id"] = _agentId;
        if (takesEventId)
        {
            fields["event_id"] = ++_eventId;
        }

        var body = new JsonObject { ["type"] = type, ["event_timestamp"] = _start + second, ["data"] = fields };
        _events.Add(new LiveEvent(
            type, _call.ConversationId, _call.Customer, TimeSpan.FromSeconds(second), JsonSerializer.SerializeToUtf8Bytes(body, s_json)));
    }
}
