using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.Tests.Calls;

/// <summary>The result of a call: whom it reached, in words, and how it ended.</summary>
public class CallResultsTests
{
    [Theory]
    [InlineData("completed", null, null, "Answered", "HungUp")]
    [InlineData("completed", "unknown", null, "Answered", "HungUp")]
    [InlineData("completed", "human", "200", "Person", "HungUp")]
    [InlineData("completed", "machine_end_silence", null, "Voicemail", "HungUp")]
    [InlineData("completed", "machine_something_new", null, "Voicemail", "HungUp")]
    [InlineData("completed", "fax", null, "Fax", "HungUp")]
    [InlineData("in-progress", "machine_start", null, "Voicemail", null)]
    [InlineData("busy", null, null, "Busy", "BusySignal")]
    [InlineData("busy", null, "486", "Busy", "BusySignal")]
    [InlineData("busy", null, "603", "Declined", "Rejected")]
    [InlineData("no-answer", null, "487", "NoAnswer", "RingTimeout")]
    [InlineData("no-answer", null, "480", "NoAnswer", "RingTimeout")]
    [InlineData("failed", null, null, "Failed", "Error")]
    [InlineData("failed", null, "404", "InvalidNumber", "Rejected")]
    [InlineData("failed", null, "484", "InvalidNumber", "Rejected")]
    [InlineData("failed", null, "480", "Unreachable", "Error")]
    [InlineData("failed", null, "503", "Failed", "Error")]
    [InlineData("failed", null, "607", "Blocked", "Rejected")]
    [InlineData("failed", null, "0", "Failed", "Error")]
    [InlineData("failed", null, "many", "Failed", "Error")]
    [InlineData("canceled", null, "487", "Canceled", "Canceled")]
    public void A_call_has_an_outcome_and_a_mechanism(string status, string? answeredBy, string? sip, string outcome, string? mechanism)
    {
        var result = CallResults.Of(status, answeredBy, sip)!;

        Assert.Equal((outcome, mechanism), ($"{result.Outcome}", result.Mechanism?.ToString()));
        Assert.EndsWith(".", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("ringing")]
    [InlineData("in-progress")]
    [InlineData("teleported")]
    [InlineData(null)]
    public void A_call_without_an_answer_or_an_end_has_no_result(string? status) => Assert.Null(CallResults.Of(status, null, "200"));

    [Fact]
    public void The_reason_names_the_SIP_response()
    {
        Assert.Equal("The line was busy (SIP 486 Busy Here).", CallResults.Of("busy", null, "486")!.Reason);
        Assert.Equal("The network could not complete the call (SIP 555).", CallResults.Of("failed", null, "555")!.Reason);
    }

    [Theory]
    [InlineData("done", "answered", "Client disconnected: 1000", true, "Person", "LeadHungUp")]
    [InlineData("done", "answered", "end_call tool was called.", true, "Person", "AgentHungUp")]
    [InlineData("done", "answered", "Call ended by remote party", false, "Answered", "LeadHungUp")]
    [InlineData("done", "voicemail", null, true, "Voicemail", null)]
    [InlineData("done", "answered", "voicemail_detection tool was called", true, "Voicemail", "VoicemailDetected")]
    [InlineData("done", null, "Voicemail detected", false, "Voicemail", "VoicemailDetected")]
    [InlineData("done", "answered", "transfer_to_number tool was called", true, "Person", "Transferred")]
    [InlineData("done", "answered", "Max duration exceeded", true, "Person", "TimeLimit")]
    [InlineData("done", "answered", "Silence timeout", true, "Person", "Silence")]
    [InlineData("failed", "no_answer", null, false, "NoAnswer", "RingTimeout")]
    [InlineData("failed", "busy", null, false, "Busy", "BusySignal")]
    [InlineData("failed", null, "Internal error", false, "Failed", "Error")]
    public void A_conversation_has_an_outcome_and_a_mechanism(
        string status,
        string? callResult,
        string? reason,
        bool hasLeadSpoken,
        string outcome,
        string? mechanism)
    {
        var result = ConversationResults.Of(status, callResult, reason, hasLeadSpoken)!;
        Assert.Equal((outcome, mechanism), ($"{result.Outcome}", result.Mechanism?.ToString()));
    }

    [Fact]
    public void A_voicemail_that_only_one_side_detects_counts_for_the_call_and_the_conversation()
    {
        var answered = CallResults.Of("completed", null, null);
        var machine = CallResults.Of("completed", "machine_start", null);
        var person = ConversationResults.Of("done", "answered", null, hasLeadSpoken: true);
        var voicemail = ConversationResults.Of("done", "voicemail", null, hasLeadSpoken: false);

        Assert.Equal(CallOutcome.Voicemail, ConversationResults.Combine(answered, voicemail).Call?.Outcome);
        Assert.Equal(CallOutcome.Voicemail, ConversationResults.Combine(machine, person).Conversation?.Outcome);
        Assert.Equal(CallOutcome.Person, ConversationResults.Combine(answered, person).Call?.Outcome);
        Assert.Equal(CallOutcome.Voicemail, ConversationResults.Combine(null, voicemail).Call?.Outcome);
    }

    [Property]
    public bool The_more_precise_answerer_is_the_same_in_both_orders(int one, int other)
    {
        string?[] words = [null, "unknown", "human", "fax", "machine_start", "machine_end_beep", "machine_end_other", "new"];
        var (left, right) = (words[Math.Abs(one % words.Length)], words[Math.Abs(other % words.Length)]);
        return CallResults.ChooseAnswerer(left, right) == CallResults.ChooseAnswerer(right, left);
    }
}
