using System.Globalization;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Outbound.Jobs;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a call status callback that this service uses:
/// <code>
/// CallSid=CA…&amp;CallStatus=completed&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Direction=inbound&amp;SequenceNumber=3
///   &amp;Timestamp=Mon%2C+23+Nov+2026+12%3A00%3A00+%2B0000&amp;CallDuration=42&amp;AnsweredBy=human&amp;ParentCallSid=CA…
/// </code>
/// The callback that is configured on a telephone number comes only at the end of a call, without SequenceNumber and Timestamp. Asynchronous
/// answering machine detection sends only its result: <c>CallSid=CA…&amp;AccountSid=AC…&amp;AnsweredBy=machine_start</c>. The events of a
/// conference name the conference, the call of a participant, and no status:
/// <c>ConferenceSid=CF…&amp;CallSid=CA…&amp;StatusCallbackEvent=participant-join</c>.
/// </summary>
/// <param name="CallSid">Twilio's id, which all callbacks of a call share.</param>
/// <param name="Report">The reported status; null if the callback reports none.</param>
/// <param name="Parties">The caller and the called party.</param>
/// <param name="ConferenceSid">Twilio's id of the conference that the call takes part in.</param>
/// <param name="Event">The event of the conference.</param>
/// <param name="Recording">The recording that a callback at the end of a call carries, or null.</param>
/// <param name="TellsAccount">Whether the callback names an account, as every genuine callback of Twilio does.</param>
internal sealed record VoiceStatusPayload(
    string? CallSid,
    CallReport? Report,
    CallParties Parties,
    string? ConferenceSid,
    string? Event,
    RecordingPayload Recording,
    bool TellsAccount)
{
    // A machine or a person can only be detected once the call is answered.
    private const string AnsweredStatus = "in-progress";

    /// <summary>Whether the callback identifies a call or a conference and says something about it.</summary>
    public bool IsReadable => (CallSid ?? ConferenceSid) is not null && (Report is not null || ConferenceSid is not null || TellsAccount);

    public static VoiceStatusPayload Parse(FormBody form)
    {
        var answeredBy = form.ReadId("AnsweredBy");
        var status = form.ReadId("CallStatus") ?? (answeredBy is null ? null : AnsweredStatus);
        var report = status is null
            ? null
            : new CallReport(
                status,
                form.ReadWholeNumber("SequenceNumber") ?? CallReport.NoSequence,
                form.ReadTime("Timestamp"),
                form.ReadWholeNumber("CallDuration"),
                answeredBy,
                form.ReadId("SipResponseCode"));
        return new VoiceStatusPayload(
            form.ReadId("CallSid"),
            report,
            new CallParties(form.ReadId("Direction"), form.ReadTrimmedText("From"), form.ReadTrimmedText("To"), form.ReadId("ParentCallSid")),
            form.ReadId("ConferenceSid"),
            form.ReadId("StatusCallbackEvent"),
            RecordingPayload.Parse(form),
            form.ReadId("AccountSid") is not null);
    }
}

/// <summary>The webhook with which Twilio reports the status of a telephone call.</summary>
internal static class VoiceStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioVoiceStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>
    /// Identifies one event per call, status, sequence number and everything else that the callback says. A callback that adds the duration or
    /// the answerer to a known status is another event.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var form = FormBody.FromWebhook(webhook);
        var payload = VoiceStatusPayload.Parse(form);
        if (!payload.IsReadable)
        {
            return new(DeliveryKind.VoiceStatus.BuildKey(webhook.BodyIdentity), OrderingKeys.ForCall(payload.CallSid ?? webhook.BodyIdentity));
        }

        var (report, parties, recording) = (payload.Report, payload.Parties, payload.Recording);
        var sid = payload.CallSid ?? payload.ConferenceSid!;
        var status = report?.Status ?? payload.Event ?? "-";
        var sequence = report?.Sequence ?? form.ReadWholeNumber("SequenceNumber") ?? CallReport.NoSequence;
        return CallbackIdentity.Build(
            DeliveryKind.VoiceStatus,
            string.Create(CultureInfo.InvariantCulture, $"{sid}:{status}:{sequence}"),
            OrderingKeys.ForCall(sid),
            report?.At?.ToString("O"),
            report?.TalkSeconds?.ToString(CultureInfo.InvariantCulture),
            report?.AnsweredBy,
            report?.SipResponseCode,
            parties.Direction,
            parties.From,
            parties.To,
            parties.ParentCallSid,
            payload.ConferenceSid,
            recording.RecordingSid,
            recording.Report?.Url);
    }
}

/// <summary>Stores the status of a call, and raises a lead event once the call's lead is known.</summary>
internal sealed class VoiceStatusHandler(
    CallStore calls,
    RecordingStore recordings,
    LeadMatcher matcher,
    LiveConversations conversations,
    OurNumbers ourNumbers,
    OutboundResults outbound,
    ContradictionLog contradictions) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = VoiceStatusPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (!payload.IsReadable)
        {
            return DeliveryResult.Malformed("CallSid or CallStatus is missing");
        }

        if (payload.CallSid is not { } sid)
        {
            return DeliveryResult.Done; // The beginning or the end of a conference says nothing about a call.
        }

        var (field, number) = payload.Parties.FindOurNumber();
        if (ourNumbers.FindUnroutableReason(field, number) is { } reason)
        {
            return DeliveryResult.Unroutable(reason);
        }

        var report = payload.Report;
        var at = report?.At ?? delivery.ReceivedAt;
        await CallStore.LockWithParentAsync(work, sid, payload.Parties.ParentCallSid, cancellationToken);
        var (_, lead) = await calls.BeginAsync(work, sid, payload.Parties, cancellationToken);
        if (payload.ConferenceSid is { } conferenceSid)
        {
            await CallStore.JoinConferenceAsync(work, sid, conferenceSid, cancellationToken);
        }

        var update = report is null ? null : await calls.AddAsync(work, sid, report, delivery.ReceivedAt, cancellationToken);
        if (update is { IsContradiction: true })
        {
            contradictions.Report(delivery);
        }

        if (payload.Recording is { RecordingSid: { } recordingSid, Report: { } recording })
        {
            await RecordingStore.LockConferencesAsync(work, sid, cancellationToken);
            var source = new RecordedSource(recordingSid, sid, payload.ConferenceSid);
            await recordings.AddAsync(work, source, recording, delivery.ReceivedAt, cancellationToken);
        }

        if (lead is null && await FindLeadAsync(work, sid, payload.Parties, at, cancellationToken) is { } match)
        {
            lead = match.Lead;
            if (update is null)
            {
                await CallStore.AssignLeadAndAnnounceAsync(work, sid, match.Lead, match.Path, at, cancellationToken);
            }
            else
            {
                // Without a lead, the call has raised no status event yet.
                await CallStore.AssignLeadAsync(work, sid, match.Lead, match.Path, cancellationToken);
                update = update with { IsNews = true };
            }

            await conversations.AssignLeadAsync(work, null, sid, match.Lead, match.Path, at, cancellationToken);
        }

        if (lead is { } knownLead && update is { IsNews: true, State.Status: not null })
        {
            CallEvents.RaiseStatus(work, knownLead, sid, payload.Parties.Direction, update.State, at);
        }

        await RecordingStore.AnnounceAsync(work, sid, lead, at, cancellationToken);
        await outbound.ApplyCallAsync(work, conversationId: null, sid, cancellationToken);
        return DeliveryResult.Done;
    }

    private Task<LeadMatch?> FindLeadAsync(
        UnitOfWork work,
        string sid,
        CallParties parties,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var addresses = ourNumbers.RemoveOurs(AddressClue.FromProvider(parties.FindLeadAddress()));
        return matcher.TryFindOrCreateAsync(work, new LeadClues { At = at, CallSid = sid, Addresses = addresses }, cancellationToken);
    }
}
