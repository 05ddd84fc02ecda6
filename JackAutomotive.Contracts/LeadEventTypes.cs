namespace JackAutomotive.Contracts;

/// <summary>The types of lead events and passing frames. Each type is also the SSE event name that a client listens to.</summary>
public static class LeadEventTypes
{
    /// <summary>A new lead was created, for a phone number that no lead had before or for a withheld number.</summary>
    public const string LeadCreated = "lead_created";

    /// <summary>The lead sent a text (SMS) or a picture message (MMS).</summary>
    public const string SmsReceived = "sms_received";

    /// <summary>
    /// The status of a text advanced: sent, delivered, failed and so on; or the reason of its failure became known. The status never moves back.
    /// </summary>
    public const string MessageStatus = "message_status";

    /// <summary>
    /// The status of a telephone call advanced: ringing, answered, ended and so on; or its outcome became known. The status never moves back.
    /// </summary>
    public const string CallStatus = "call_status";

    /// <summary>The recording of a call is complete. Twilio stores it or, if the event has a conversation id, this system.</summary>
    public const string RecordingAvailable = "recording_available";

    /// <summary>A conversation with the voice agent begins, or is about to begin because the telephone rings.</summary>
    public const string CallInitiated = "call_initiated";

    /// <summary>The lead said a line in a live conversation.</summary>
    public const string ConversationUser = "conversation_user";

    /// <summary>The agent said a line in a live conversation.</summary>
    public const string ConversationAgent = "conversation_agent";

    /// <summary>Corrects an earlier line of the agent that was cut short or spoken differently. The new words replace the old ones.</summary>
    public const string ConversationAgentCorrected = "conversation_agent_corrected";

    /// <summary>A partial line: words that are being said and are not final. A passing frame: not in the log, without id and seq.</summary>
    public const string LiveTranscript = "live_transcript";

    /// <summary>The lead interrupted the agent.</summary>
    public const string Interruption = "interruption";

    /// <summary>Neither the lead nor the agent spoke for a while.</summary>
    public const string SilenceDetected = "silence_detected";

    /// <summary>A conversation with the voice agent ended, or is assumed ended because no end was reported for too long.</summary>
    public const string CallCompleted = "call_completed";

    /// <summary>An outbound call of the agent failed: busy, not answered, or an error.</summary>
    public const string CallFailed = "call_failed";

    /// <summary>The transcript of a finished call is available. Read its turns from <c>GET /api/leads/{id}</c>.</summary>
    public const string TranscriptAdded = "conversation_transcript_added";

    /// <summary>The provider's summary of a finished call and its verdict on the call.</summary>
    public const string PostCallSummary = "post_call_summary";

    /// <summary>What a call or a run of texts means, as our own analysis found it. Contains no transcript.</summary>
    public const string ConversationInsights = "conversation_insights";

    /// <summary>The lead's sentiment in its newest conversation differs from the one before.</summary>
    public const string LeadSentimentChanged = "lead_sentiment_changed";

    /// <summary>Somebody agreed or was asked to do something.</summary>
    public const string ActionItemCreated = "action_item_created";

    /// <summary>A person or a repeated analysis changed an action item, or the item was withdrawn.</summary>
    public const string ActionItemUpdated = "action_item_updated";

    /// <summary>The lead asked that all contact ends, by text or by voice.</summary>
    public const string OptOutDetected = "opt_out_detected";

    /// <summary>Somebody wrote a note on the lead. Read its words from <c>GET /api/leads/{id}/notes/{noteId}</c>.</summary>
    public const string NoteAdded = "note_added";

    /// <summary>Somebody changed a note.</summary>
    public const string NoteChanged = "note_changed";

    /// <summary>Somebody removed a note.</summary>
    public const string NoteRemoved = "note_removed";

    /// <summary>The lead got or lost a label.</summary>
    public const string LabelsChanged = "labels_changed";

    /// <summary>Another member of staff, or nobody, looks after the lead.</summary>
    public const string LeadAssigned = "lead_assigned";

    /// <summary>Another lead was merged into this lead, which now has the rows of both.</summary>
    public const string LeadMerged = "lead_merged";

    /// <summary>The lead was merged into another lead. The last event of its log, which ends its streams.</summary>
    public const string LeadMergedInto = "lead_merged_into";

    /// <summary>A merge was undone. Both leads have their own rows again.</summary>
    public const string LeadMergeUndone = "lead_merge_undone";

    /// <summary>A person decided to whom a call or a conversation belongs whose clues did not name one lead.</summary>
    public const string ContactAssigned = "contact_assigned";

    /// <summary>Values of the lead's profile have changed. The event carries only the changed fields.</summary>
    public const string LeadProfileUpdated = "lead_profile_updated";

    /// <summary>The lead moved to another status, or its appointment changed.</summary>
    public const string LeadStatusChanged = "lead_status_changed";

    /// <summary>The lead's score or the reasons for it changed noticeably.</summary>
    public const string LeadScoreUpdated = "lead_score_updated";

    /// <summary>An item of the lead's funding checklist changed.</summary>
    public const string FundingReadinessChanged = "funding_readiness_changed";

    /// <summary>A text or a call to the lead is queued, held back, failed, withdrawn or has another new state.</summary>
    public const string OutboundUpdated = "outbound_updated";

    /// <summary>Twilio has accepted a text to the lead.</summary>
    public const string SmsSent = "sms_sent";

    /// <summary>The voice agent calls the lead.</summary>
    public const string CallRequested = "call_requested";

    /// <summary>How the lead may be contacted changed: the lead opted out or in again, or staff recorded it.</summary>
    public const string ConsentChanged = "consent_changed";

    /// <summary>The viewers who watch the lead now. A passing frame: not in the log, without id and seq.</summary>
    public const string PresenceChanged = "presence_changed";
}
