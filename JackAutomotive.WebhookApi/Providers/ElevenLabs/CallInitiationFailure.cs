using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>A call that the agent was to make did not come about. Twilio may tell the same of the telephone call, before or after.</summary>
internal sealed class CallInitiationFailure(
    LeadMatcher matcher,
    CallStore calls,
    CallFailureStore failures,
    ConversationStore conversations,
    LiveConversations live)
{
    /// <summary>Notes that the conversation was not held and how the telephone call ended, and tells the lead's watchers once.</summary>
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

        await live.GiveAsync(work, conversation, failure.CallSid, match.Lead, at, cancellationToken);
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
        DateTimeOffset toldAt,
        CancellationToken cancellationToken)
    {
        var (before, owner) = await calls.BeginAsync(work, sid, failure.Parties, cancellationToken);
        var state = await calls.AddAsync(work, sid, failure.Report, toldAt, cancellationToken);
        await CallStore.GiveAsync(work, sid, lead, cancellationToken);

        // If it was nobody's call, nobody was told of what came before.
        if (owner is null || state.Status != before)
        {
            CallEvents.RaiseStatus(work, owner ?? lead, sid, failure.Parties.Direction, state, failure.Report.At ?? at);
        }
    }

    // Older than any analysis: a transcript that comes all the same, before or after, is what counts.
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
                match.By,
                payload.AgentId,
                failure.CallSid,
                Direction: "outbound",
                ExternalNumber: failure.Parties.To,
                Status: "failed",
                CallResult: CallResultOf(failure.Report.Status),
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

    // In the words of the transcripts' call_result.
    private static string CallResultOf(string status) => status switch
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
