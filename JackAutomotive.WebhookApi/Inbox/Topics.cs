namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>What kinds of delivery there are. A topic is stored with each delivery and names its handler.</summary>
internal static class Topics
{
    public const string ElevenLabsPostCall = "elevenlabs.post-call";

    public const string ElevenLabsConversationEvents = "elevenlabs.conversation-events";

    public const string ElevenLabsConversationInitiation = "elevenlabs.conversation-initiation";

    public const string TwilioIncomingSms = "twilio.sms-incoming";

    public const string TwilioSmsStatus = "twilio.sms-status";

    public const string TwilioVoiceStatus = "twilio.voice-status";

    public const string TwilioRecording = "twilio.recording";
}
