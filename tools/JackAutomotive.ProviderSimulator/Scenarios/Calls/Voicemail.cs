using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>A voicemail box answers, and the agent leaves a message.</summary>
internal static class Voicemail
{
    public static readonly CallScript Script = new("voicemail")
    {
        Direction = CallDirection.Outbound,
        CallResult = "voicemail",
        TerminationReason = "voicemail_detection tool was called.",
        CallSuccessful = "unknown",
        Rationale = "No conversation took place.",
        Title = "Voicemail left",
        Summary = "The call reached a voicemail box. Jack left a message about the {vehicle} and asked for a call back.",
        Lines =
        [
            Customer("The person you have called is not available. Please leave a message after the tone."),
            UsePlatform(
                "voicemail_detection", """{"reason":"An announcement asks for a message."}""",
                """{"status":"success"}""", "voicemail_detection_success"),
            Agent("Hi {first}, it's Jack with the dealership about the {vehicle}. Give us a call back when it suits you. Thanks!"),
        ],
    };
}
