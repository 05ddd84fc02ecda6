namespace JackAutomotive.Contract;

/// <summary>The names of everything that can happen to a lead: the SSE event names that a client subscribes to.</summary>
internal static class LeadEventTypes
{
    /// <summary>Somebody new: a number that had not been seen before.</summary>
    public const string LeadCreated = "lead_created";

    /// <summary>The customer sent a text or picture message.</summary>
    public const string SmsReceived = "sms_received";

    /// <summary>A text got further on its way: sent, delivered, failed and so on. It never goes back.</summary>
    public const string MessageStatus = "message_status";

    /// <summary>A telephone call got further: ringing, answered, ended and so on. It never goes back.</summary>
    public const string CallStatus = "call_status";

    /// <summary>What was recorded of a call is complete: kept at Twilio, or, with a conversation's id, here.</summary>
    public const string RecordingAvailable = "recording_available";

    /// <summary>A call that the agent was to make did not come about: busy, not answered, or an error.</summary>
    public const string CallFailed = "call_failed";

    /// <summary>A finished call's transcript is there; its lines are read from <c>GET /api/leads/{id}</c>.</summary>
    public const string TranscriptAdded = "conversation_transcript_added";

    /// <summary>The provider's summary and verdict on a finished call.</summary>
    public const string PostCallSummary = "post_call_summary";
}
