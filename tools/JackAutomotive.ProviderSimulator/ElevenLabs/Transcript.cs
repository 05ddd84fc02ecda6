using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>Turns a script into the turns of a transcript. Each turn carries the second in which it would be spoken.</summary>
internal static class Transcript
{
    private const double WordsPerSecond = 2.6;

    /// <summary>Returns the turns and the call's duration in whole seconds.</summary>
    public static (JsonArray Turns, int DurationSecs) Play(CallScript script, Person person, Random random, string agentId)
    {
        var turns = new JsonArray();
        var second = 0.0;
        foreach (var line in script.Lines)
        {
            turns.Add(CreateTurn(line, person, random, agentId, (int)second));
            second += SpeakingTime(line.Text) + 0.4 + (random.NextDouble() * 1.2);
        }

        return (turns, (int)Math.Ceiling(second) + 1);
    }

    /// <summary>Compresses the turns of a call of <paramref name="from"/> seconds into <paramref name="to"/> seconds.</summary>
    public static void Compress(JsonArray turns, int from, int to)
    {
        foreach (var turn in turns)
        {
            turn!["time_in_call_secs"] = (int)turn["time_in_call_secs"]! * to / from;
        }
    }

    private static double SpeakingTime(string? text) => text is null ? 0.8 : text.Count(c => c == ' ') / WordsPerSecond;

    private static JsonObject CreateTurn(Line line, Person person, Random random, string agentId, int second)
    {
        var isAgent = line.Speaker == Speaker.Agent;
        var requestId = line.Tool is null ? null : "call_" + random.Hex(24);
        return new JsonObject
        {
            ["role"] = isAgent ? "agent" : "user",
            ["agent_metadata"] = isAgent
                ? new JsonObject { ["agent_id"] = agentId, ["branch_id"] = null, ["workflow_node_id"] = null }
                : null,
            ["message"] = line.Text is null ? null : person.Fill(line.Text),
            ["multivoice_message"] = null,
            ["tool_calls"] = line.Tool is null ? [] : new JsonArray(CreateToolCall(line.Tool, person, requestId!)),
            ["tool_results"] = line.Tool is null ? [] : new JsonArray(CreateToolResult(line.Tool, person, random, requestId!)),
            ["feedback"] = null,
            ["llm_override"] = null,
            ["time_in_call_secs"] = second,
            ["conversation_turn_metrics"] = isAgent && line.Text is not null ? CreateMetrics(random) : null,
            ["rag_retrieval_info"] = null,
            ["llm_usage"] = null,
            ["interrupted"] = line.IntendedText is not null,
            ["original_message"] = line.IntendedText is null ? null : person.Fill(line.IntendedText),
            ["source_medium"] = isAgent ? null : "audio",
        };
    }

    private static JsonObject CreateToolCall(ToolUse tool, Person person, string requestId) => new()
    {
        ["type"] = tool.Type,
        ["request_id"] = requestId,
        ["tool_name"] = tool.Name,
        ["params_as_json"] = person.Fill(tool.Params),
        ["tool_has_been_called"] = true,
        ["tool_details"] = null,
    };

    private static JsonObject CreateToolResult(ToolUse tool, Person person, Random random, string requestId)
    {
        var result = new JsonObject
        {
            ["type"] = tool.Type,
            ["request_id"] = requestId,
            ["tool_name"] = tool.Name,
            ["result_value"] = person.Fill(tool.Result),
            ["is_error"] = false,
            ["tool_has_been_called"] = true,
            ["tool_latency_secs"] = Math.Round(0.05 + (random.NextDouble() * 0.6), 3),
            ["error_type"] = "",
            ["raw_error_message"] = "",
            ["dynamic_variable_updates"] = new JsonArray(),
        };

        if (tool.ResultType is not null)
        {
            result["result"] = new JsonObject { ["result_type"] = tool.ResultType };
        }

        return result;
    }

    private static JsonObject CreateMetrics(Random random) => new()
    {
        ["metrics"] = new JsonObject
        {
            ["convai_llm_service_ttfb"] = CreateElapsed(random, 0.2),
            ["convai_llm_service_ttf_sentence"] = CreateElapsed(random, 0.4),
            ["convai_tts_service_ttfb"] = CreateElapsed(random, 0.1),
        },
    };

    private static JsonObject CreateElapsed(Random random, double minimum) =>
        new() { ["elapsed_time"] = Math.Round(minimum + (random.NextDouble() * 0.3), 4) };
}
