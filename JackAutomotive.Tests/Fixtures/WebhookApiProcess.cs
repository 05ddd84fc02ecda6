using JackAutomotive.Tests.Drivers;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>The WebhookApi service as a separate process.</summary>
internal sealed class WebhookApiProcess(string database, string redis, DirectoryInfo data, params (string Name, string Value)[] settings)
    : ServiceProcess(
        "JackAutomotive.WebhookApi",
        [
            ("ConnectionStrings__crm", database),
            ("ConnectionStrings__redis", redis),
            ("JACK_DATA_FOLDER", data.FullName),
            ("PUBLIC_BASE_URL", PublicAddress.AbsoluteUri),
            ("TWILIO_AUTH_TOKEN", IncomingSmsDriver.Token),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", PostCallDriver.Secret),
            ("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", ConversationEventsDriver.Secret),
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", InitiationDriver.Secret),
            ("Scoring__Enabled", "false"),
            ("Inbox__PollInterval", "00:00:00.2"),
            ("Inbox__Lease", "00:00:02"),
            .. settings,
        ])
{
    /// <summary>The address to which the providers send. It does not depend on the port of the process.</summary>
    public static readonly Uri PublicAddress = new("https://hooks.example.com");

    protected override string Folder => data.FullName;
}
