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

    /// <summary>A conversation with the voice agent begins, or is about to: the telephone rings.</summary>
    public const string CallInitiated = "call_initiated";

    /// <summary>The customer said something in a conversation that is being held.</summary>
    public const string ConversationUser = "conversation_user";

    /// <summary>The agent said something in a conversation that is being held.</summary>
    public const string ConversationAgent = "conversation_agent";

    /// <summary>What the agent said before was cut short or came out otherwise; the new words replace the old ones.</summary>
    public const string ConversationAgentCorrected = "conversation_agent_corrected";

    /// <summary>What is being said at this moment, not final yet. A passing frame: not in the log, without id and seq.</summary>
    public const string LiveTranscript = "live_transcript";

    /// <summary>The customer cut in on the agent.</summary>
    public const string Interruption = "interruption";

    /// <summary>Nobody said anything for a while.</summary>
    public const string SilenceDetected = "silence_detected";

    /// <summary>A conversation with the voice agent is over, or has to be taken for it.</summary>
    public const string CallCompleted = "call_completed";

    /// <summary>A call that the agent was to make did not come about: busy, not answered, or an error.</summary>
    public const string CallFailed = "call_failed";

    /// <summary>A finished call's transcript is there; its lines are read from <c>GET /api/leads/{id}</c>.</summary>
    public const string TranscriptAdded = "conversation_transcript_added";

    /// <summary>The provider's summary and verdict on a finished call.</summary>
    public const string PostCallSummary = "post_call_summary";

    /// <summary>Who watches the lead at this moment. A passing frame: not in the log, without id and seq.</summary>
    public const string PresenceChanged = "presence_changed";
}
