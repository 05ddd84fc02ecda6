namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>What the conversations mean: one entry for each conversation, at its last turn.</summary>
internal sealed class AnalysisEntries : ITimelineSource
{
    public string Name => "analysis";

    public string At => "analysis.ended_at";

    public string Key => "analysis.id::text";

    public string DeliveryId => "analysis.delivery_id";

    public string Data => """
        json_build_object(
            'analysisId', analysis.id, 'conversationId', CASE analysis.kind WHEN 'call' THEN analysis.subject END,
            'messageSids', analysis.message_sids, 'label', analysis.label, 'score', analysis.score, 'insights', analysis.insights,
            'engine', analysis.engine, 'version', analysis.version, 'fallback', analysis.is_fallback, 'revision', analysis.revision)
        """;

    public string Rows => "FROM conversation_analyses AS analysis WHERE analysis.lead_id = $1";
}

/// <summary>What somebody agreed or was asked to do, with its present state.</summary>
internal sealed class ActionItemEntries : ITimelineSource
{
    public string Name => "action_item";

    public string At => "item.created_at";

    public string Key => "item.id::text";

    public string DeliveryId => "analysis.delivery_id";

    public string Data => $"""
        json_build_object(
            'itemId', item.id, 'analysisId', item.analysis_id, 'messageSid', item.message_sid, 'turn', item.turn, 'text', item.text,
            'owner', item.owner, 'dueAt', {TimelineSql.Time("item.due_at")}, 'state', item.state,
            'snoozedUntil', {TimelineSql.Time("item.snoozed_until")}, 'editedBy', item.edited_by)
        """;

    public string Rows =>
        "FROM action_items AS item JOIN conversation_analyses AS analysis ON analysis.id = item.analysis_id WHERE item.lead_id = $1";
}

/// <summary>The requests to end all contact.</summary>
internal sealed class OptOutEntries : ITimelineSource
{
    public string Name => "opt_out";

    public string At => "request.said_at";

    public string Key => "request.kind || '/' || request.source || '/' || lpad(request.turn::text, 6, '0')";

    public string DeliveryId => "request.delivery_id";

    public string Data => """
        json_build_object(
            'channel', request.channel, 'conversationId', CASE request.kind WHEN 'call' THEN request.source END,
            'messageSid', CASE request.kind WHEN 'texts' THEN request.source END, 'turn', request.turn, 'words', request.words,
            'engine', request.engine, 'version', request.version)
        """;

    public string Rows => "FROM opt_out_detections AS request WHERE request.lead_id = $1";
}
