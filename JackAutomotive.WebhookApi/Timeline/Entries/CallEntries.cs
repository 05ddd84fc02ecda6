using System.Text.Json;
using System.Text.Json.Nodes;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The telephone calls, each when it began, with its outcome.</summary>
internal sealed class CallEntries : ITimelineSource
{
    public string Name => "call";

    public string At => "call.began_at";

    public string Key => "call.call_sid";

    public string DeliveryId => "call.delivery_id";

    public string Data => $"""
        json_build_object(
            'callSid', call.call_sid, 'parentCallSid', call.parent_call_sid, 'conversationId', conversation.conversation_id,
            'direction', call.direction, 'from', call.from_number, 'to', call.to_number, 'status', call.status,
            'answeredAt', {TimelineSql.Time("call.answered_at")}, 'endedAt', {TimelineSql.Time("call.ended_at")},
            'ringSeconds', call.ring_seconds, 'talkSeconds', call.talk_seconds, 'answeredBy', call.answered_by,
            'sipResponseCode', call.sip_response_code, 'matchedBy', call.matched_by, 'conversation', {CombinedOutcome.ConversationFields})
        """;

    public string Rows => """
        FROM calls AS call
        LEFT JOIN LATERAL (
            SELECT * FROM conversations WHERE conversations.call_sid = call.call_sid ORDER BY created_at DESC LIMIT 1) AS conversation ON true
        WHERE call.lead_id = $1
        """;

    public JsonObject Complete(JsonObject data)
    {
        var conversation = CombinedOutcome.TakeConversation(data);
        var call = CallResults.Of((string?)data["status"], (string?)data["answeredBy"], (string?)data["sipResponseCode"]);
        return CombinedOutcome.Add(data, ConversationResults.Combine(call, conversation).Call);
    }
}

/// <summary>The conversations with the voice agent that have a transcript or have failed, each when it started, with its outcome.</summary>
internal sealed class ConversationEntries : ITimelineSource
{
    public string Name => "conversation";

    public string At => "coalesce(conversation.started_at, conversation.created_at)";

    public string Key => "conversation.conversation_id";

    public string DeliveryId => "conversation.delivery_id";

    public string Data => $"""
        json_build_object(
            'conversationId', conversation.conversation_id, 'callSid', conversation.call_sid, 'direction', conversation.direction,
            'status', conversation.status, 'durationSeconds', conversation.duration_seconds,
            'terminationReason', conversation.termination_reason, 'callSuccessful', conversation.call_successful,
            'title', conversation.title, 'summary', conversation.summary, 'matchedBy', conversation.matched_by,
            'revision', conversation.revision, 'conversation', {CombinedOutcome.ConversationFields},
            'call', (
                SELECT json_build_object('status', status, 'answeredBy', answered_by, 'sipResponseCode', sip_response_code)
                FROM calls WHERE calls.call_sid = conversation.call_sid))
        """;

    public string Rows => "FROM conversations AS conversation WHERE conversation.lead_id = $1";

    public JsonObject Complete(JsonObject data)
    {
        var conversation = CombinedOutcome.TakeConversation(data);
        var call = data["call"] is { } known
            ? CallResults.Of((string?)known["status"], (string?)known["answeredBy"], (string?)known["sipResponseCode"])
            : null;
        data.Remove("call");
        return CombinedOutcome.Add(data, ConversationResults.Combine(call, conversation).Conversation);
    }
}

/// <summary>The conversations that are held now, or whose transcript has not arrived.</summary>
internal sealed class LiveConversationEntries : ITimelineSource
{
    public string Name => "live-conversation";

    public string Kind => "conversation";

    public string At => "coalesce(live.started_at, live.created_at)";

    public string Key => "live.conversation_id";

    public string DeliveryId =>
        "(SELECT min(delivery_id) FROM live_reports WHERE live_reports.conversation_id = live.conversation_id)";

    public string Data => $"""
        json_build_object(
            'conversationId', live.conversation_id, 'callSid', live.call_sid, 'status', live.status,
            'endedAt', {TimelineSql.Time("live.ended_at")}, 'terminationReason', live.end_reason, 'interruptions', live.interruptions,
            'silenceSeconds', live.silence_seconds, 'talkRatio', live.talk_ratio, 'matchedBy', live.matched_by)
        """;

    public string Rows => """
        FROM live_conversations AS live
        WHERE live.lead_id = $1 AND NOT EXISTS (SELECT FROM conversations WHERE conversations.conversation_id = live.conversation_id)
        """;
}

/// <summary>The outcome of a call and of the conversation on it, which each know something of the other.</summary>
internal static class CombinedOutcome
{
    /// <summary>SQL: the fields from which the result of a conversation follows.</summary>
    public const string ConversationFields = """
        CASE WHEN conversation.conversation_id IS NOT NULL THEN json_build_object(
            'status', conversation.status, 'callResult', conversation.call_result, 'terminationReason', conversation.termination_reason,
            'hasLeadSpoken', EXISTS (
                SELECT FROM conversation_turns AS turn
                WHERE turn.conversation_id = conversation.conversation_id AND turn.role = 'user' AND turn.message IS NOT NULL)) END
        """;

    /// <summary>Removes the fields of the conversation from an entry, and returns the result that follows from them.</summary>
    public static CallResult? TakeConversation(JsonObject data)
    {
        var known = data["conversation"];
        data.Remove("conversation");
        return known is null
            ? null
            : ConversationResults.Of(
                (string?)known["status"], (string?)known["callResult"], (string?)known["terminationReason"], (bool)known["hasLeadSpoken"]!);
    }

    /// <summary>Adds the outcome to an entry.</summary>
    public static JsonObject Add(JsonObject data, CallResult? result)
    {
        data["outcome"] = ToName(result?.Outcome);
        data["outcomeReason"] = result?.Reason;
        data["mechanism"] = ToName(result?.Mechanism);
        return data;
    }

    private static JsonNode? ToName<T>(T? value)
        where T : struct => value is { } known ? JsonSerializer.SerializeToNode(known) : null;
}
