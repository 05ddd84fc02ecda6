namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The inbound calls that the agent was told about while the telephone rang.</summary>
internal sealed class InitiationEntries : ITimelineSource
{
    public string Name => "initiation";

    public string At => "session.created_at";

    public string Key => "session.call_sid";

    public string DeliveryId => "session.delivery_id";

    public string Data => """
        json_build_object(
            'callSid', session.call_sid, 'conversationId', session.conversation_id, 'agentId', session.agent_id, 'caller', session.caller,
            'calledNumber', session.called_number, 'wasBriefed', session.answer IS NOT NULL)
        """;

    public string Rows => "FROM initiation_sessions AS session WHERE session.lead_id = $1";
}
