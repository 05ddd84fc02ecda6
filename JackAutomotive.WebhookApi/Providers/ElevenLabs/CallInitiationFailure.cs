using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Handles webhooks about calls of the agent that were not established. Twilio may report the end of the same telephone call earlier or later.
/// </summary>
internal sealed class CallInitiationFailure(
    LeadMatcher matcher,
    CallStore calls,
    CallFailureStore failures,
    ConversationStore conversations,
    LiveConversations live)
{
    /// <summary>Stores the failed conversation and the status of its telephone call, and raises the failure event once.</summary>
    public async Task<DeliveryResult> HandleAsync(
        InboxDelivery delivery,
        PostCallPayload payload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        var (conversation, failure) = (payload.ConversationId!, payload.Failure!);
        var at = payload.EventTime ?? failure.Report.At ?? delivery.ReceivedAt;
        await CallStore.LockAsync(work, failure.CallSid, cancellationToken);

        var clues = new LeadClues([payload.LeadId, payload.UserId], conversation, failure.CallSid, failure.Parties.To);
        var match = await matcher.MatchAsync(work, clues, cancellationToken);
        if (match.IsNew)
        {
            LeadEvents.RaiseCreated(work, match.Lead, match.Phone, "voice", at);
        }

        if (failure.CallSid is { } sid)
        {
            await EndCallAsync(work, sid, failure, match.Lead, at, delivery.ReceivedAt, cancellationToken);
        }

        await live.AssignLeadAsync(work, conversation, failure.CallSid, match.Lead, at, cancellationToken);
        await live.FinishAsync(work, conversation, at, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversation, match.Lead, at, cancellationToken);
        if (await failures.AddAsync(work, conversation, match.Lead, failure, at, cancellationToken))
        {
            await MarkFailedAsync(work, conversation, payload, match, cancellationToken);
            RaiseFailed(work, conversation, failure, match.Lead, at);
        }

        return DeliveryResult.Done;
    }

    private async Task EndCallAsync(
        UnitOfWork work,
        string sid,
        CallFailurePayload failure,
        LeadId lead,
        DateTimeOffset at,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        var (statusBefore, callLead) = await calls.BeginAsync(work, sid, failure.Parties, cancellationToken);
        var state = await calls.AddAsync(work, sid, failure.Report, receivedAt, cancellationToken);
        await CallStore.AssignLeadAsync(work, sid, lead, cancellationToken);

        // A call without a lead has raised no status event yet, so the status is raised even if it has not changed.
        if (callLead is null || state.Status != statusBefore)
        {
            CallEvents.RaiseStatus(work, callLead ?? lead, sid, failure.Parties.Direction, state, failure.Report.At ?? at);
        }
    }

    // AnalysedAt is older than any analysis, so that a transcript of the same conversation always replaces this failed conversation.
    private async Task MarkFailedAsync(
        UnitOfWork work,
        string conversation,
        PostCallPayload payload,
        LeadMatch match,
        CancellationToken cancellationToken)
    {
        if (await ConversationStore.FindAsync(work, conversation, cancellationToken) is not null)
        {
            return;
        }

        var failure = payload.Failure!;
        await conversations.SaveAsync(
            work,
            new Conversation(
                conversation,
                match.Lead,
                match.MatchedBy,
                payload.AgentId,
                failure.CallSid,
                Direction: "outbound",
                ExternalNumber: failure.Parties.To,
                Status: "failed",
                CallResult: ToCallResult(failure.Report.Status),
                StartedAt: null,
                DurationSeconds: null,
                TerminationReason: failure.ErrorReason ?? failure.Reason,
                CallSuccessful: null,
                Title: null,
                Summary: null,
                AnalysedAt: DateTimeOffset.UnixEpoch,
                Revision: 0,
                Turns: null),
            cancellationToken);
    }

    // Uses the values of call_result in transcripts.
    private static string ToCallResult(string status) => status switch
    {
        "busy" => "busy",
        "no-answer" => "no_answer",
        _ => "failed",
    };

    private static void RaiseFailed(UnitOfWork work, string conversation, CallFailurePayload failure, LeadId lead, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.CallFailed, at, new
        {
            ConversationId = conversation,
            failure.CallSid,
            Reason = failure.Reason ?? "unknown",
            failure.Report.SipResponseCode,
            failure.ErrorReason,
        });
}
