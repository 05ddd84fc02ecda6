using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// Tells a call that is over as if it were being held: what its transcript says, event by event, with the words as they are being
/// recognised, a silence, and a line of the agent that the customer cuts off. In the end it says the same as the transcript.
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

    /// <summary>Everything that is told of the call, in order.</summary>
    public static IReadOnlyList<LiveEvent> EventsOf(FinishedCall call)
    {
        var data = JsonNode.Parse(call.Body)!["data"]!;
        var live = new LiveCall(call, (string)data["agent_id"]!, (long)data["metadata"]!["start_time_unix_secs"]!);
        live.Tell(data["transcript"]!.AsArray(), (string)data["metadata"]!["termination_reason"]!);
        return live._events;
    }

    private void Tell(JsonArray turns, string reason)
    {
        Add("conversation_started", 0, new() { ["call_sid"] = _call.CallSid, ["external_number"] = _call.Customer });
        var cutOff = turns.FirstOrDefault(turn => (bool)turn!["interrupted"]!) ?? turns.First(turn => IsSaidBy("agent", turn!));
        foreach (var turn in turns)
        {
            var second = (int)turn!["time_in_call_secs"]!;
            if (IsSaidBy("user", turn))
            {
                TellCustomer((string)turn["message"]!, second);
            }
            else if (IsSaidBy("agent", turn))
            {
                TellAgent((string)turn["message"]!, (string?)turn["original_message"], turn == cutOff, second);
            }
            else if (turn["tool_calls"] is JsonArray { Count: > 0 } tools)
            {
                var tool = (string)tools[0]!["tool_name"]!;
                Add("agent_tool_response", second, new() { ["tool_name"] = tool, ["is_error"] = false }, isNext: true);
            }
            else
            {
                Add("silence_detected", second, new() { ["duration_seconds"] = SilenceSeconds }, isNext: true);
            }
        }

        if (_events.TrueForAll(told => told.Type != "silence_detected"))
        {
            Add("silence_detected", _call.DurationSeconds, new() { ["duration_seconds"] = SilenceSeconds }, isNext: true);
        }

        Add("conversation_ended", _call.DurationSeconds, new() { ["reason"] = reason });
    }

    private static bool IsSaidBy(string role, JsonNode turn) => (string?)turn["role"] == role && turn["message"] is not null;

    private void TellCustomer(string message, int second)
    {
        var words = message.Split(' ');
        for (var heard = WordsPerPartial; heard < words.Length; heard += WordsPerPartial)
        {
            Add("tentative_user_transcript", second, new() { ["text"] = string.Join(' ', words.Take(heard)) });
        }

        // The socket's own object, as ElevenLabs has it.
        Add("user_transcript", second, new()
        {
            ["user_transcription_event"] = new JsonObject { ["user_transcript"] = message, ["event_id"] = ++_eventId },
        });
    }

    private void TellAgent(string message, string? meant, bool isCutOff, int second)
    {
        var words = isCutOff ? meant ?? $"{message} And if you have got a" : message;
        Add("agent_response", second, new() { ["message"] = words }, isNext: true);
        if (isCutOff)
        {
            Add("interruption", second, new() { ["event_id"] = _eventId });
            Add("agent_response_correction", second, new()
            {
                ["event_id"] = _eventId,
                ["original_agent_response"] = words,
                ["corrected_agent_response"] = message,
            });
        }
    }

    private void Add(string type, int second, JsonObject fields, bool isNext = false)
    {
        fields["conversation_id"] = _call.ConversationId;
        fields["agent_id"] = _agentId;
        if (isNext)
        {
            fields["event_id"] = ++_eventId;
        }

        var body = new JsonObject { ["type"] = type, ["event_timestamp"] = _start + second, ["data"] = fields };
        _events.Add(new LiveEvent(
            type, _call.ConversationId, _call.Customer, TimeSpan.FromSeconds(second), JsonSerializer.SerializeToUtf8Bytes(body, s_json)));
    }
}
