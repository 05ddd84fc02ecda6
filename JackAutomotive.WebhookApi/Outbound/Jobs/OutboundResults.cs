using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using JackAutomotive.WebhookApi.Outbound.Texts;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>
/// Applies what becomes known of sent texts and calls to their jobs, in any order of arrival: a result that comes before the provider's answer
/// is stored elsewhere and applied with the answer.
/// </summary>
internal sealed class OutboundResults(
    OutboundResultStore results,
    OutboundJobStore jobs,
    IOptions<OutboundOptions> options,
    TimeProvider time)
{
    /// <summary>Applies the state of a text. Does nothing if the text is not one of a job, and if the state is not news.</summary>
    /// <param name="work">The unit of work, which holds the lock of the text's state.</param>
    /// <param name="messageSid">Twilio's id of the text.</param>
    /// <param name="state">The state that follows from all reports.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task ApplyTextAsync(UnitOfWork work, string messageSid, MessageReport state, CancellationToken cancellationToken)
    {
        var attempt = await OutboundResultStore.LockAsync(work, messageSid, callSid: null, cancellationToken);
        if (attempt is null || (attempt.Result, attempt.ErrorCode) == (state.Status, state.ErrorCode))
        {
            return;
        }

        var isFailure = state.Status is "undelivered" or "failed";
        var failure = isFailure ? TextFailures.Find(state.ErrorCode) : null;
        await OutboundResultStore.SetResultAsync(
            work, attempt, state.Status, state.ErrorCode, failure?.Reason, providerId: null, callSid: null, cancellationToken);
        if (state.Status is "delivered" or "read" or "partially_delivered")
        {
            // Also a text that was given up, or that waits for another attempt, has arrived.
            if (attempt.State is OutboundStates.Sent or OutboundStates.Failed or OutboundStates.Queued or OutboundStates.Held)
            {
                await results.SetStateAsync(work, attempt, OutboundStates.Done, dueAt: null, "The text was delivered.", cancellationToken);
            }
        }
        else if (state.Status == "canceled" && attempt is { IsLatest: true, State: not OutboundStates.Done })
        {
            await results.SetStateAsync(work, attempt, OutboundStates.Failed, dueAt: null, "The text was canceled at Twilio.", cancellationToken);
        }
        else if (failure is not null && attempt is { IsLatest: true, State: not OutboundStates.Done })
        {
            var tries = await OutboundClaims.CountTriesAsync(work, attempt.JobId, cancellationToken);
            var step = OutboundPolicy.AfterTextFailure(failure, tries, attempt.CreatedAt, time.GetUtcNow(), options.Value);
            await ApplyAsync(work, attempt, step, cancellationToken);
        }
    }

    /// <summary>
    /// Applies what is stored of a call. Does nothing if the call is not one of a job, and if the result is not news. The caller must hold the
    /// call's lock.
    /// </summary>
    public async Task ApplyCallAsync(UnitOfWork work, string? conversationId, string? callSid, CancellationToken cancellationToken)
    {
        var attempt = await OutboundResultStore.LockAsync(work, conversationId, callSid, cancellationToken);
        if (attempt is null)
        {
            return;
        }

        var (sidOfConversation, ofConversation) = (attempt.ProviderId ?? conversationId) is { } id
            ? await ConversationStore.FindResultAsync(work, id, cancellationToken)
            : (null, null);
        callSid = attempt.CallSid ?? callSid ?? sidOfConversation;
        var ofCall = callSid is null ? null : await CallStore.FindResultAsync(work, callSid, cancellationToken);
        var result = ConversationResults.Combine(ofCall, ofConversation).Call;
        var word = result is null ? null : OutboundJson.NameOf(result.Outcome);
        var tries = await OutboundClaims.CountTriesAsync(work, attempt.JobId, cancellationToken);
        var step = OutboundPolicy.AfterCall(result, tries, attempt.CreatedAt, time.GetUtcNow(), options.Value);
        var isEnded = step is not NextStep.Wait;
        if (word is null || (isEnded ? word : $"{word} (live)") == attempt.Result)
        {
            return;
        }

        await OutboundResultStore.SetResultAsync(
            work, attempt, isEnded ? word : $"{word} (live)", errorCode: null, result!.Reason, conversationId, callSid, cancellationToken);
        if (isEnded && attempt.IsLatest)
        {
            await ApplyAsync(work, attempt, step, cancellationToken);
        }
    }

    private async Task ApplyAsync(UnitOfWork work, AcceptedAttempt attempt, NextStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case NextStep.Finish:
                await results.SetStateAsync(work, attempt, OutboundStates.Done, dueAt: null, step.Reason, cancellationToken);
                break;
            case NextStep.Retry retry:
                await results.SetStateAsync(work, attempt, OutboundStates.Queued, retry.At, step.Reason, cancellationToken);
                break;
            case NextStep.Fail fail:
                await results.SetStateAsync(work, attempt, OutboundStates.Failed, dueAt: null, step.Reason, cancellationToken);
                if (fail.UseOtherChannel)
                {
                    await AddAlternativeAsync(work, attempt.JobId, attempt.Lead, attempt.Kind, attempt.Address, cancellationToken);
                }

                break;
        }
    }

    /// <summary>Adds the text that follows a missed call, or the call that replaces a text, if the settings ask for it.</summary>
    public async Task AddAlternativeAsync(
        UnitOfWork work,
        Guid jobId,
        LeadId lead,
        string kind,
        ChannelAddress address,
        CancellationToken cancellationToken)
    {
        if (address.Phone is null)
        {
            return;
        }

        var (other, channel, cause, content) = kind switch
        {
            OutboundKinds.Call when options.Value.TextAfterMissedCall is { Length: > 0 } body =>
                (OutboundKinds.Text, ChannelAddress.Sms, OutboundCauses.MissedCall, OutboundContent.Text(body)),
            OutboundKinds.Text when options.Value.CallInsteadOfText =>
                (OutboundKinds.Call, ChannelAddress.Voice, OutboundCauses.UntextableNumber,
                    new OutboundContent(null, [], CallReason: "The number gets no texts, so the agent calls instead.")),
            _ => ("", "", "", OutboundContent.Text("")),
        };
        if (other.Length > 0)
        {
            await jobs.AddAsync(
                work, new NewOutboundJob(lead, other, channel, address, content, cause, "service") { CausedBy = jobId }, cancellationToken);
        }
    }
}
