using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary>
/// Gives a telephone call and the conversation on it the same outcome. Only the voice agent hears that it speaks to a voicemail if Twilio was not
/// asked to detect one, and only Twilio knows it if the agent was not.
/// </summary>
internal static class CombinedResults
{
    /// <summary>Returns the calls and the conversations with their combined results.</summary>
    public static (IReadOnlyList<CallDetails> Calls, IReadOnlyList<ConversationDetails> Conversations) Of(
        IReadOnlyList<CallDetails> calls,
        IReadOnlyList<ConversationDetails> conversations)
    {
        var conversationOfCall = conversations.ToLookup(conversation => conversation.CallSid ?? "");
        var callOfSid = calls.ToDictionary(call => call.CallSid);
        return (
            [
                .. calls.Select(call => conversationOfCall[call.CallSid].LastOrDefault() is { } conversation
                    ? call with { Result = ConversationResults.Combine(call.Result, conversation.Result).Call }
                    : call),
            ],
            [
                .. conversations.Select(conversation => callOfSid.GetValueOrDefault(conversation.CallSid ?? "") is { } call
                    ? conversation with { Result = ConversationResults.Combine(call.Result, conversation.Result).Conversation }
                    : conversation),
            ]);
    }
}
