namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>
/// The lines of conversations without a transcript, with the newest correction of each. The turns of a transcript replace all lines of its
/// conversation, so nothing appears twice. Nearly every conversation gets its transcript, so these rows are few and need no index of their own.
/// </summary>
internal sealed class LiveLineEntries : ITimelineSource
{
    private const string IsCorrectionOfLine = """
        correction.conversation_id = line.conversation_id AND correction.kind = 'agent_response_correction'
            AND CASE WHEN correction.event_id IS NULL THEN correction.original_words = line.words ELSE correction.event_id = line.event_id END
        """;

    public string Name => "line";

    public string Kind => "turn";

    public string At => "line.occurred_at";

    public string Key => "line.conversation_id || '/' || lpad(coalesce(line.number, 0)::text, 19, '0') || line.report_key";

    public string DeliveryId => "line.delivery_id";

    public string Data => $"""
        json_build_object(
            'conversationId', line.conversation_id, 'callSid', live.call_sid, 'position', NULL,
            'role', CASE line.kind WHEN 'user_transcript' THEN 'user' ELSE 'agent' END,
            'text', coalesce((
                SELECT correction.words FROM live_reports AS correction
                WHERE line.kind = 'agent_response' AND {IsCorrectionOfLine}
                ORDER BY correction.occurred_at DESC, correction.number DESC NULLS LAST LIMIT 1), line.words),
            'offsetSeconds', CASE WHEN live.started_at IS NOT NULL
                THEN greatest(extract(epoch FROM line.occurred_at - live.started_at), 0)::double precision END,
            'interrupted', line.kind <> 'user_transcript' AND EXISTS (
                SELECT FROM live_reports AS correction
                WHERE {IsCorrectionOfLine}
                    OR (correction.conversation_id = line.conversation_id AND correction.kind = 'interruption' AND correction.event_id = line.event_id)),
            'isLive', true)
        """;

    // A correction whose line has not arrived stands for the line.
    public string Rows => """
        FROM live_conversations AS live JOIN live_reports AS line USING (conversation_id)
        WHERE live.lead_id = $1 AND line.words IS NOT NULL
            AND NOT EXISTS (SELECT FROM conversation_turns WHERE conversation_turns.conversation_id = live.conversation_id)
            AND (line.kind IN ('user_transcript', 'agent_response') OR (line.kind = 'agent_response_correction' AND NOT EXISTS (
                SELECT FROM live_reports AS spoken
                WHERE spoken.conversation_id = line.conversation_id AND spoken.kind = 'agent_response'
                    AND CASE WHEN line.event_id IS NULL THEN spoken.words = line.original_words ELSE spoken.event_id = line.event_id END)))
        """;
}
