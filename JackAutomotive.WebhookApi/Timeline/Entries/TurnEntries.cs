namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The turns of transcripts, each at its absolute time.</summary>
internal sealed class TurnEntries : ITimelineSource
{
    public string Name => "turn";

    public string At => "turn.occurred_at";

    public string Key => "turn.conversation_id || '/' || lpad(turn.position::text, 6, '0')";

    public string DeliveryId => "conversation.delivery_id";

    public string Data => """
        json_build_object(
            'conversationId', turn.conversation_id, 'callSid', conversation.call_sid, 'position', turn.position, 'role', turn.role,
            'text', turn.message, 'offsetSeconds', turn.offset_seconds, 'interrupted', turn.interrupted, 'isLive', false)
        """;

    public string Rows => """
        FROM conversation_turns AS turn JOIN conversations AS conversation USING (conversation_id)
        WHERE turn.lead_id = $1 AND turn.message IS NOT NULL
        """;
}
