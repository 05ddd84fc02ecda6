using JackAutomotive.WebhookApi.Calls;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>Derives the result of a conversation from what the voice agent's provider says about its call and its end.</summary>
internal static class ConversationResults
{
    // The provider describes the end in free text. The first mechanism with a word in the text counts.
    private static readonly (string[] Words, CallMechanism Mechanism)[] s_mechanisms =
    [
        (["voicemail", "answering machine"], CallMechanism.VoicemailDetected),
        (["transfer"], CallMechanism.Transferred),
        (["silence", "inactiv", "timeout", "timed out"], CallMechanism.Silence),
        (["max duration", "maximum", "duration exceeded", "time limit"], CallMechanism.TimeLimit),
        (["end_call", "agent"], CallMechanism.AgentHungUp),
        (["client", "user", "customer", "caller", "remote", "hung up", "participant"], CallMechanism.LeadHungUp),
        (["error", "fail", "exception"], CallMechanism.Error),
    ];

    /// <summary>Returns the result of a conversation; null if nothing shows it.</summary>
    /// <param name="status">done or failed.</param>
    /// <param name="callResult">answered, voicemail, busy, no_answer or failed.</param>
    /// <param name="terminationReason">Why the conversation ended, in the provider's words.</param>
    /// <param name="hasLeadSpoken">Whether the transcript contains words of the lead.</param>
    public static CallResult? Of(string? status, string? callResult, string? terminationReason, bool hasLeadSpoken)
    {
        var mechanism = FindMechanism(terminationReason);
        CallOutcome? outcome = callResult?.Replace('-', '_') switch
        {
            "busy" => CallOutcome.Busy,
            "no_answer" => CallOutcome.NoAnswer,
            "voicemail" => CallOutcome.Voicemail,
            _ when mechanism == CallMechanism.VoicemailDetected => CallOutcome.Voicemail,
            "failed" => CallOutcome.Failed,
            _ when hasLeadSpoken => CallOutcome.Person,
            "answered" => CallOutcome.Answered,
            _ when status == "failed" => CallOutcome.Failed,
            _ => null,
        };
        return outcome is { } known ? new CallResult(known, CallResult.Describe(known), mechanism ?? GetUsualMechanism(known)) : null;
    }

    /// <summary>
    /// Combines what the telephone network and the voice agent know about the same call. A machine that only one of both has detected counts for
    /// both, and a person whom the agent has heard is more than an answer.
    /// </summary>
    /// <returns>The results of the call and of the conversation.</returns>
    public static (CallResult? Call, CallResult? Conversation) Combine(CallResult? call, CallResult? conversation) => (call, conversation) switch
    {
        ({ IsMachine: true }, not null) => (call, conversation with { Outcome = call.Outcome, Reason = call.Reason }),
        ({ Outcome: CallOutcome.Answered }, { Outcome: CallOutcome.Person or CallOutcome.Voicemail }) =>
            (call with { Outcome = conversation.Outcome, Reason = conversation.Reason }, conversation),
        ({ Outcome: CallOutcome.Person }, { Outcome: CallOutcome.Voicemail }) =>
            (call with { Outcome = conversation.Outcome, Reason = conversation.Reason }, conversation),
        (null, not null) => (conversation, conversation),
        _ => (call, conversation),
    };

    private static CallMechanism? FindMechanism(string? terminationReason)
    {
        foreach (var (words, mechanism) in s_mechanisms)
        {
            if (words.Any(word => terminationReason?.Contains(word, StringComparison.OrdinalIgnoreCase) == true))
            {
                return mechanism;
            }
        }

        return null;
    }

    private static CallMechanism? GetUsualMechanism(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Busy => CallMechanism.BusySignal,
        CallOutcome.NoAnswer => CallMechanism.RingTimeout,
        CallOutcome.Failed => CallMechanism.Error,
        _ => null,
    };
}
