namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The topics of deliveries. Each delivery is stored with its topic, which selects the handler.</summary>
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
