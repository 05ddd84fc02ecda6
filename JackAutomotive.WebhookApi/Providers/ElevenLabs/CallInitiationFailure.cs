using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Handles webhooks about calls by the agent that were not established. Twilio may report the end of the same call earlier or later.
/// </summary>
internal sealed class CallInitiationFailure(
    LeadMatcher matcher,
    CallStore calls,
    CallFailureStore failures,
    ConversationStore conversations,
    LiveConversations liveConversations,
    OutboundResults outbound,
    OurNumbers ourNumbers)
{
    /// <summary>Stores the failed conversation and the status of its telephone call, and raises the failure event once.</summary>
    public async Task<DeliveryResult> HandleAsync(
        InboxDelivery delivery,
        PostCallPayload payload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        var (conversationId, failure) = (payload.ConversationId!, payload.Failure!);
        var at = payload.EventTime ?? failure.Report.At ?? delivery.ReceivedAt;
        await CallStore.LockWithParentAsync(work, failure.CallSid, failure.Parties.ParentCallSid, cancellationToken);

        // The call is stored before its lead is searched, because the parent that the webhook names may identify the lead.
        if (failure.CallSid is { } sid)
        {
            await calls.BeginAsync(work, sid, failure.Parties, cancellationToken);
        }

        var clues = new LeadClues
        {
            At = at,
            LeadIds = [payload.LeadId, payload.UserId],
            ConversationId = conversationId,
            CallSid = failure.CallSid,
            Addresses = ourNumbers.RemoveOurs(AddressClue.FromProvider(failure.Parties.FindLeadAddress()).Concat(payload.Addresses)),
        };
        var match = await matcher.FindOrCreateAsync(work, clues, cancellationToken);
        if (failure.CallSid is { } endedSid)
        {
            await EndCallAsync(work, endedSid, failure, match, at, delivery.ReceivedAt, cancellationToken);
        }

        await liveConversations.AssignLeadAsync(work, conversationId, failure.CallSid, match.Lead, match.Path, at, cancellationToken);
        await liveConversations.FinishAsync(work, conversationId, at, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversationId, match.Lead, at, cancellationToken);
        if (await failures.AddAsync(work, conversationId, match.Lead, failure, at, cancellationToken))
        {
            await MarkFailedAsync(work, conversationId, payload, match, cancellationToken);
            RaiseFailed(work, conversationId, failure, match.Lead, at);
        }

        await outbound.ApplyCallAsync(work, conversationId, failure.CallSid, cancellationToken);
        return DeliveryResult.Done;
    }

    private async Task EndCallAsync(
        UnitOfWork work,
        string sid,
        CallFailurePayload failure,
        LeadMatch match,
        DateTimeOffset at,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        var (_, callLead) = await calls.BeginAsync(work, sid, failure.Parties, cancellationToken);
        var update = await calls.AddAsync(work, sid, failure.Report, receivedAt, cancellationToken);
        await CallStore.AssignLeadAsync(work, sid, match.Lead, match.Path, cancellationToken);

        // A call without a lead has raised no status event yet, so the status is raised even if it has not changed.
        if (callLead is null || update.IsNews)
        {
            CallEvents.RaiseStatus(work, callLead ?? match.Lead, sid, failure.Parties.Direction, update.State, failure.Report.At ?? at);
        }
    }

    // AnalysedAt is older than any analysis, so that a transcript of the same conversation always replaces this failed conversation.
    private async Task MarkFailedAsync(
        UnitOfWork work,
        string conversationId,
        PostCallPayload payload,
        LeadMatch match,
        CancellationToken cancellationToken)
    {
        if (await ConversationStore.FindAsync(work, conversationId, cancellationToken) is not null)
        {
            return;
        }

        var failure = payload.Failure!;
        await conversations.SaveAsync(
            work,
            new Conversation(
                conversationId,
                match.Lead,
                match.Path,
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

    // Returns one of the values that ElevenLabs uses for call_result in transcripts.
    private static string ToCallResult(string status) => status switch
    {
        "busy" => "busy",
        "no-answer" => "no_answer",
        _ => "failed",
    };

    private static void RaiseFailed(UnitOfWork work, string conversationId, CallFailurePayload failure, LeadId lead, DateTimeOffset at)
    {
        var report = failure.Report;
        var result = CallResults.Of(report.Status, report.AnsweredBy, report.SipResponseCode);
        work.Raise(lead, LeadEventTypes.CallFailed, at, new
        {
            ConversationId = conversationId,
            failure.CallSid,
            Reason = failure.Reason ?? "unknown",
            report.SipResponseCode,
            failure.ErrorReason,
            result?.Outcome,
            OutcomeReason = result?.Reason,
            result?.Mechanism,
        });
    }
}
