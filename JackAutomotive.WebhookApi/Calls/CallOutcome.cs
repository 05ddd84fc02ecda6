using System.Text.Json.Serialization;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>Who or what a call reached, or why it reached nobody.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallOutcome>))]
internal enum CallOutcome
{
    /// <summary>A person answered.</summary>
    [JsonStringEnumMemberName("person")]
    Person,

    /// <summary>A voicemail or an answering machine answered.</summary>
    [JsonStringEnumMemberName("voicemail")]
    Voicemail,

    /// <summary>A fax machine answered.</summary>
    [JsonStringEnumMemberName("fax")]
    Fax,

    /// <summary>Somebody or something answered; nothing shows what.</summary>
    [JsonStringEnumMemberName("answered")]
    Answered,

    /// <summary>The line was busy.</summary>
    [JsonStringEnumMemberName("busy")]
    Busy,

    /// <summary>Nobody answered.</summary>
    [JsonStringEnumMemberName("no_answer")]
    NoAnswer,

    /// <summary>The called party declined the call.</summary>
    [JsonStringEnumMemberName("declined")]
    Declined,

    /// <summary>The caller gave up before anybody answered.</summary>
    [JsonStringEnumMemberName("canceled")]
    Canceled,

    /// <summary>The number does not exist.</summary>
    [JsonStringEnumMemberName("invalid_number")]
    InvalidNumber,

    /// <summary>The telephone is switched off or has no network.</summary>
    [JsonStringEnumMemberName("unreachable")]
    Unreachable,

    /// <summary>The network or the called party blocks our calls.</summary>
    [JsonStringEnumMemberName("blocked")]
    Blocked,

    /// <summary>The network failed.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>How a call or a conversation ended. The mechanism does not show whether the call reached anybody.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallMechanism>))]
internal enum CallMechanism
{
    /// <summary>One of the parties hung up; nothing shows which one.</summary>
    [JsonStringEnumMemberName("hung_up")]
    HungUp,

    /// <summary>The agent ended the conversation.</summary>
    [JsonStringEnumMemberName("agent_hung_up")]
    AgentHungUp,

    /// <summary>The lead hung up.</summary>
    [JsonStringEnumMemberName("lead_hung_up")]
    LeadHungUp,

    /// <summary>The agent detected a voicemail and ended the conversation.</summary>
    [JsonStringEnumMemberName("voicemail_detected")]
    VoicemailDetected,

    /// <summary>The conversation was transferred.</summary>
    [JsonStringEnumMemberName("transferred")]
    Transferred,

    /// <summary>Nobody spoke for too long.</summary>
    [JsonStringEnumMemberName("silence")]
    Silence,

    /// <summary>The conversation reached its maximum length.</summary>
    [JsonStringEnumMemberName("time_limit")]
    TimeLimit,

    /// <summary>The called side sent a busy signal.</summary>
    [JsonStringEnumMemberName("busy_signal")]
    BusySignal,

    /// <summary>The telephone rang until the time for an answer was over.</summary>
    [JsonStringEnumMemberName("ring_timeout")]
    RingTimeout,

    /// <summary>The caller ended the call before the answer.</summary>
    [JsonStringEnumMemberName("canceled")]
    Canceled,

    /// <summary>The called side or the network rejected the call.</summary>
    [JsonStringEnumMemberName("rejected")]
    Rejected,

    /// <summary>An error ended the call or the conversation.</summary>
    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>The result of a call.</summary>
/// <param name="Outcome">Whom the call reached.</param>
/// <param name="Reason">The outcome in words, with the SIP response if there was one.</param>
/// <param name="Mechanism">How the call ended; null while it has not ended, and if nothing shows it.</param>
internal sealed record CallResult(CallOutcome Outcome, string Reason, CallMechanism? Mechanism)
{
    /// <summary>Whether a machine answered, and not a person.</summary>
    public bool IsMachine => Outcome is CallOutcome.Voicemail or CallOutcome.Fax;

    /// <summary>Returns an outcome in words.</summary>
    public static string Describe(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Person => "A person answered.",
        CallOutcome.Voicemail => "A voicemail or an answering machine answered.",
        CallOutcome.Fax => "A fax machine answered.",
        CallOutcome.Answered => "The call was answered.",
        CallOutcome.Busy => "The line was busy.",
        CallOutcome.NoAnswer => "Nobody answered.",
        CallOutcome.Declined => "The called party declined the call.",
        CallOutcome.Canceled => "The call was canceled before anybody answered.",
        CallOutcome.InvalidNumber => "The number does not exist or is incomplete.",
        CallOutcome.Unreachable => "The telephone is switched off or out of reach.",
        CallOutcome.Blocked => "The network or the called party blocked the call.",
        _ => "The network could not complete the call.",
    };
}
