namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The texts, in and out, with their media and their present state.</summary>
internal sealed class TextEntries : ITimelineSource
{
    public string Name => "text";

    public string At => "text.received_at";

    public string Key => "text.id::text";

    public string DeliveryId => "text.delivery_id";

    public string Data => """
        json_build_object(
            'messageSid', text.message_sid, 'direction', text.direction, 'channel', text.channel, 'from', text.from_number,
            'to', text.to_number, 'body', text.body, 'media', (
                SELECT coalesce(json_agg(json_build_object('url', url, 'contentType', content_type) ORDER BY position), '[]')
                FROM message_media WHERE message_id = text.id),
            'canReply', text.can_reply, 'optOutType', text.opt_out_type,
            'status', coalesce(state.status, CASE text.direction WHEN 'inbound' THEN 'received' END),
            'errorCode', state.error_code, 'errorMessage', state.error_message)
        """;

    public string Rows => "FROM messages AS text LEFT JOIN message_states AS state USING (message_sid) WHERE text.lead_id = $1";
}
