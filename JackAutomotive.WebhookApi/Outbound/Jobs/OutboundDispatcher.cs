using System.Diagnostics;
using System.Globalization;
using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using JackAutomotive.WebhookApi.Outbound.Gates;
using JackAutomotive.WebhookApi.Outbound.Texts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>
/// Moves a claimed job on. To send: the gates decide again, the state "sending" commits, the provider is called, and the result commits. What
/// ends in between leaves "sending" behind, so an unanswered attempt is never taken for one that did not happen: the provider is asked, and only
/// an attempt of which it knows nothing after <see cref="OutboundOptions.UnknownGrace"/> is made again.
/// </summary>
internal sealed partial class OutboundDispatcher(
    UnitOfWorkFactory works,
    OutboundClaims claims,
    OutboundGateways gateways,
    OutboundGates gates,
    OutboundDecisionStore decisions,
    OutboundResults results,
    OutboundPauses pauses,
    OutboundAlerts alerts,
    TextOutcomes outcomes,
    MessageStore messages,
    MessageStateStore messageStates,
    CallStore calls,
    WebhookApiMetrics metrics,
    IOptions<OutboundOptions> options,
    TimeProvider time,
    ILogger<OutboundDispatcher> logger)
{
    // How long a job waits for a gate without a time, and for a missing setting.
    private static readonly TimeSpan s_recheck = TimeSpan.FromMinutes(1);

    // The delays between tries to store a result are real time, because outages last in real time.
    private static readonly TimeSpan s_firstStoreDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxStoreDelay = TimeSpan.FromSeconds(2);

    /// <summary>Sends a job, or asks the provider what became of its last attempt.</summary>
    public async Task HandleAsync(OutboundJob job, CancellationToken cancellationToken)
    {
        using var activity = StartSpan(job);
        if (job.State is OutboundStates.Sending or OutboundStates.Unknown)
        {
            await ResolveAsync(job, cancellationToken);
            return;
        }

        if (await TryBeginAsync(job, cancellationToken) is not { } attempt)
        {
            return;
        }

        // A process that stood still for so long must not send: the lease may have ended, and another instance may ask the provider by now.
        var result = time.GetUtcNow() - attempt.StartedAt > options.Value.ProviderTimeout
            ? new SendResult.NotSent("The process stood still before the request.")
            : await gateways[job.Kind].SendAsync(job, attempt.Number, cancellationToken);
        activity?.SetTag(WebhookApiTelemetry.Outcome, result.GetType().Name);
        metrics.CountOutboundAttempt(job.Kind, result.GetType().Name);
        if (result is SendResult.Busy busy)
        {
            pauses.Pause(job.Kind, busy.RetryAfter);
        }

        await StoreAsync(job, attempt, result, isLookup: false);
    }

    /// <summary>Decides again, and begins an attempt if every gate is open. Returns null if the job does not go out now.</summary>
    private async Task<OutboundAttempt?> TryBeginAsync(OutboundJob job, CancellationToken cancellationToken)
    {
        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);

        // From here on an opt-out waits for the locks, or has withdrawn the job already.
        await LeadStore.LockAsync(work, job.Lead, cancellationToken);
        if (await OutboundClaims.LockAsync(work, job, cancellationToken) is not (OutboundStates.Queued or OutboundStates.Held))
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (gateways[job.Kind].MissingSetting is { } setting)
        {
            await claims.SetStateAsync(work, job, job.State, now + s_recheck, $"The setting {setting} is missing.", null, cancellationToken);
            await work.CommitAsync(cancellationToken);
            return null;
        }

        // An attempt that did not reach the lead has been counted for the caps already.
        var isCounted = job is { Attempts: > 0, Kind: OutboundKinds.Text };
        var channel = OutboundKinds.ToChannel(job.Kind);
        var decision = await gates.DecideAsync(
            work.CreateCommand, job.Lead, job.Address, channel, now, new GateOverrides(PassCaps: isCounted), cancellationToken);
        await decisions.AddAsync(work, job.Id, decision.Allowed && !isCounted, job.Lead, job.Address, decision, cancellationToken);
        OutboundAttempt? attempt = null;
        if (decision.Allowed)
        {
            attempt = await claims.BeginAttemptAsync(work, job, cancellationToken);
        }
        else
        {
            await HoldOrWithdrawAsync(work, job, decision, now, cancellationToken);
        }

        await work.CommitAsync(cancellationToken);
        return attempt;
    }

    private async Task HoldOrWithdrawAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundDecision decision,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var shut = decision.Gates.Where(gate => !gate.Allowed).ToList();

        // A call ends at a time that nobody knows, but it ends.
        var opens = shut.TrueForAll(gate => gate.OpensAt is not null || gate.Gate is GateNames.LiveCall or GateNames.SwitchedOff);
        var first = opens ? shut.MaxBy(gate => gate.OpensAt ?? now) : shut.Find(gate => gate.OpensAt is null);
        var dueAt = opens ? shut.Max(gate => gate.OpensAt is { } at && at > now ? at : now + s_recheck) : default(DateTimeOffset?);
        var state = opens ? OutboundStates.Held : OutboundStates.Withdrawn;
        await claims.SetStateAsync(work, job, state, dueAt, first!.Reason, first.Gate, cancellationToken);
        metrics.CountOutboundShut(job.Kind, first.Gate);
        if (job.State != state)
        {
            OutboundEvents.RaiseUpdated(work, job.Lead, job.Id, job.Kind, state, now, first.Reason, first.Gate, dueAt);
        }
    }

    private async Task ResolveAsync(OutboundJob job, CancellationToken cancellationToken)
    {
        var attempt = await claims.FindAttemptAsync(job, cancellationToken);
        SendResult result;
        try
        {
            var found = await gateways[job.Kind].FindAsync(job, attempt, cancellationToken);
            var ours = await claims.RemoveKnownAsync(job, attempt, found, cancellationToken);
            result = ours.Count > 0 ? ours[0]
                : time.GetUtcNow() - attempt.StartedAt >= options.Value.UnknownGrace
                    ? new SendResult.NotSent("The provider knows nothing of the attempt.")
                    : new SendResult.Unknown("The provider does not know the attempt yet.");
        }
        catch (ProviderLookupException e)
        {
            // Without an answer nothing is known, however long it takes: nothing is sent again.
            result = new SendResult.Unknown(e.Message);
        }

        metrics.CountOutboundLookup(job.Kind, result.GetType().Name);
        await StoreAsync(job, attempt, result, isLookup: true);
    }

    // If the result cannot be stored before the lease ends, the job is claimed again as "sending", and the provider is asked.
    private async Task StoreAsync(OutboundJob job, OutboundAttempt attempt, SendResult result, bool isLookup)
    {
        var until = time.GetTimestamp();
        for (var delay = s_firstStoreDelay; ; delay = delay * 2 < s_maxStoreDelay ? delay * 2 : s_maxStoreDelay)
        {
            try
            {
                await StoreOnceAsync(job, attempt, result, isLookup, CancellationToken.None);
                return;
            }
            catch (Exception e) when (DatabaseErrors.IsOutage(e) && time.GetElapsedTime(until) < options.Value.Lease)
            {
                LogResultWaits(job.Kind, job.Id, ExceptionSummary.Of(e));
            }

            await Task.Delay(delay, CancellationToken.None);
        }
    }

    private async Task StoreOnceAsync(
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult result,
        bool isLookup,
        CancellationToken cancellationToken)
    {
        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        var now = time.GetUtcNow();
        var accepted = result as SendResult.Accepted;

        // The locks of texts and calls come before those of leads and jobs, as in the handlers of callbacks.
        if (accepted is not null && job.Kind == OutboundKinds.Text)
        {
            var report = new MessageReport(accepted.Status ?? "queued", null, null);
            await messageStates.AddAsync(work, accepted.ProviderId!, report, now, cancellationToken);
        }
        else if (accepted is not null)
        {
            await CallStore.LockAsync(work, accepted.CallSid, cancellationToken);
        }

        await LeadStore.LockAsync(work, job.Lead, cancellationToken);
        if (await OutboundClaims.LockAsync(work, job, cancellationToken) is null)
        {
            LogClaimLost(job.Kind, job.Id);
            return;
        }

        await claims.EndAttemptAsync(work, job, attempt, result, isLookup, cancellationToken);
        switch (result)
        {
            case SendResult.Accepted when job.Kind == OutboundKinds.Text:
                await StoreSentTextAsync(work, job, attempt, accepted!, now, cancellationToken);
                break;
            case SendResult.Accepted:
                await StoreStartedCallAsync(work, job, attempt, accepted!, now, cancellationToken);
                break;
            case SendResult.Unknown unknown:
                await StoreUnknownAsync(work, job, attempt, unknown.Reason, isLookup, now, cancellationToken);
                break;
            default:
                await StoreFailureAsync(work, job, attempt, result, now, cancellationToken);
                break;
        }

        await work.CommitAsync(cancellationToken);
    }

    private async Task StoreSentTextAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult.Accepted accepted,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var sid = accepted.ProviderId!;
        await claims.SetStateAsync(work, job, OutboundStates.Sent, dueAt: null, "Twilio has accepted the text.", null, cancellationToken);
        var message = new OutgoingMessage(
            job.Lead,
            sid,
            job.Channel,
            accepted.From ?? "",
            job.Address.Text,
            job.Recipient,
            job.Content.Body ?? "",
            job.Content.MediaUrls,
            now);
        if (await messages.AddOutgoingAsync(work, message, cancellationToken))
        {
            OutboundEvents.RaiseSmsSent(work, job, attempt.Number, sid, accepted.From, now);
        }

        if (await MessageStateStore.FindAsync(work, sid, cancellationToken) is { } state)
        {
            await results.ApplyTextAsync(work, sid, state, cancellationToken);
        }
    }

    private async Task StoreStartedCallAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult.Accepted accepted,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var endsAt = now + options.Value.MaxCallTime;
        await claims.SetStateAsync(work, job, OutboundStates.Sent, endsAt, "The agent calls.", null, cancellationToken);
        if (accepted.CallSid is { } sid)
        {
            // The callbacks of the call find its lead by this row, also if they show no number.
            await calls.BeginAsync(work, sid, new CallParties("outbound-api", accepted.From, job.Address.Text, null), cancellationToken);
            await CallStore.AssignLeadAndAnnounceAsync(work, sid, job.Lead, new MatchPath(ClueNames.LeadId, []), now, cancellationToken);
        }

        OutboundEvents.RaiseCallRequested(work, job, attempt.Number, accepted, now);
        await results.ApplyCallAsync(work, accepted.ProviderId, accepted.CallSid, cancellationToken);
    }

    private async Task StoreUnknownAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        string reason,
        bool isLookup,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var lookups = attempt.Lookups + (isLookup ? 1 : 0);
        var delay = options.Value.FirstLookupDelay * Math.Pow(2, Math.Min(lookups, 20));
        var graceEndsAt = attempt.StartedAt + options.Value.UnknownGrace;
        var dueAt = now + (delay < options.Value.MaxRetryDelay ? delay : options.Value.MaxRetryDelay);
        await claims.SetStateAsync(
            work, job, OutboundStates.Unknown, now < graceEndsAt && dueAt > graceEndsAt ? graceEndsAt : dueAt, reason, null, cancellationToken);
        if (!isLookup)
        {
            OutboundEvents.RaiseUpdated(work, job.Lead, job.Id, job.Kind, OutboundStates.Unknown, now, reason);
        }
    }

    private async Task StoreFailureAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult result,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var step = await DecideAsync(work, job, attempt, result, now, cancellationToken);
        var state = step is NextStep.Retry ? OutboundStates.Queued : OutboundStates.Failed;
        var dueAt = (step as NextStep.Retry)?.At;
        var holdsLine = step is NextStep.Retry && result is not SendResult.Refused;
        await claims.SetStateAsync(work, job, state, dueAt, step.Reason, null, cancellationToken, holdsLine);
        OutboundEvents.RaiseUpdated(work, job.Lead, job.Id, job.Kind, state, now, step.Reason, dueAt: dueAt);
        if (step is NextStep.Fail { UseOtherChannel: true })
        {
            await results.AddAlternativeAsync(work, job.Id, job.Lead, job.Kind, job.Address, cancellationToken);
        }
    }

    private async Task<NextStep> DecideAsync(
        UnitOfWork work,
        OutboundJob job,
        OutboundAttempt attempt,
        SendResult result,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var retryAfter = result is SendResult.Busy busy ? busy.RetryAfter : null;
        if (result is not SendResult.Refused { NeedsPerson: false } refused)
        {
            var reason = result switch
            {
                SendResult.Refused forAll => forAll.Reason,
                SendResult.NotSent notSent => notSent.Reason,
                _ => "The provider had too much to do.",
            };
            if (result is SendResult.Refused rejected)
            {
                alerts.RaiseInBackground(AlertKinds.CarrierBlock, rejected.Code ?? gateways[job.Kind].Provider, rejected.Reason);
            }

            return OutboundPolicy.AfterNoSend(
                reason, retryAfter, attempt.Number, job.CreatedAt, now, Random.Shared.NextDouble(), options.Value);
        }

        var tries = await OutboundClaims.CountTriesAsync(work, job.Id, cancellationToken);
        if (job.Kind == OutboundKinds.Call)
        {
            var failed = new CallResult(CallOutcome.Failed, refused.Reason, CallMechanism.Error);
            return OutboundPolicy.AfterCall(failed, tries, job.CreatedAt, now, options.Value);
        }

        var attemptId = string.Create(CultureInfo.InvariantCulture, $"{job.Id}/{attempt.Number}");
        await outcomes.ApplyAsync(work, new TextOutcome(attemptId, job.Address, null, refused.Code, now, null), cancellationToken);
        return OutboundPolicy.AfterTextFailure(TextFailures.Find(refused.Code), tries, job.CreatedAt, now, options.Value);
    }

    private static Activity? StartSpan(OutboundJob job)
    {
        Activity.Current = null;
        ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var request);
        var activity = WebhookApiTelemetry.Source.StartActivity($"send {job.Kind}", ActivityKind.Producer, request);
        activity?.SetTag(WebhookApiTelemetry.Lead, job.Lead.ToString());
        return activity;
    }

    [LoggerMessage(LogLevel.Warning, "The result of the {Kind} {Id} waits for Postgres: {Reason}")]
    private partial void LogResultWaits(string kind, Guid id, string reason);

    [LoggerMessage(LogLevel.Warning, "The lease of the {Kind} {Id} ended before its result was stored; the provider is asked for the result")]
    private partial void LogClaimLost(string kind, Guid id);
}
