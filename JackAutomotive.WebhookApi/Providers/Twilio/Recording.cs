using System.Globalization;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a recording status callback that this service uses:
/// <code>
/// RecordingSid=RE…&amp;CallSid=CA…&amp;RecordingStatus=completed&amp;RecordingUrl=https%3A%2F%2Fapi.twilio.com%2F…
///   &amp;RecordingDuration=42&amp;RecordingChannels=2&amp;RecordingSource=OutboundAPI&amp;RecordingTrack=both
///   &amp;RecordingStartTime=Mon%2C+23+Nov+2026+12%3A00%3A00+%2B0000&amp;ErrorCode=0
/// </code>
/// The recording of a conference has a ConferenceSid and no CallSid. The status callback at the end of a call may carry RecordingSid,
/// RecordingUrl and RecordingDuration without a RecordingStatus.
/// </summary>
/// <param name="RecordingSid">Twilio's id, which all callbacks of a recording share.</param>
/// <param name="CallSid">The id of the recorded call.</param>
/// <param name="ConferenceSid">The id of the recorded conference.</param>
/// <param name="Report">The reported status; null if there is neither a RecordingStatus nor an address of the audio.</param>
internal sealed record RecordingPayload(string? RecordingSid, string? CallSid, string? ConferenceSid, RecordingReport? Report)
{
    public static RecordingPayload Parse(FormBody form)
    {
        var url = form.ReadTrimmedText("RecordingUrl");
        var report = (form.ReadId("RecordingStatus") ?? (url is null ? null : RecordingProgress.Completed)) is { } status
            ? new RecordingReport(
                status,
                url,
                form.ReadWholeNumber("RecordingDuration"),
                form.ReadWholeNumber("RecordingChannels"),
                form.ReadId("RecordingSource"),
                form.ReadId("RecordingTrack"),
                form.ReadTime("RecordingStartTime"),
                form.ReadId("ErrorCode") is { } code and not "0" ? code : null)
            : null;
        return new RecordingPayload(form.ReadId("RecordingSid"), form.ReadId("CallSid"), form.ReadId("ConferenceSid"), report);
    }
}

/// <summary>The webhook with which Twilio reports the status of a call's recording.</summary>
internal static class Recording
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioRecording, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>
    /// Identifies one event per recording, status and everything else that the callback says. A callback that adds the duration to a known
    /// status is another event.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = RecordingPayload.Parse(FormBody.FromWebhook(webhook));
        var orderingId = payload.CallSid ?? payload.ConferenceSid ?? webhook.BodyIdentity;
        return payload is { RecordingSid: { } sid, Report: { } report }
            ? CallbackIdentity.Build(
                DeliveryKind.Recording,
                $"{sid}:{report.Status}",
                OrderingKeys.ForCall(orderingId),
                payload.CallSid,
                payload.ConferenceSid,
                report.Url,
                report.DurationSeconds?.ToString(CultureInfo.InvariantCulture),
                report.Channels?.ToString(CultureInfo.InvariantCulture),
                report.Source,
                report.Track,
                report.StartedAt?.ToString("O"),
                report.ErrorCode)
            : new(DeliveryKind.Recording.BuildKey(webhook.BodyIdentity), OrderingKeys.ForCall(orderingId));
    }
}

/// <summary>Stores the status of a recording of a call or a conference. The audio itself stays at Twilio.</summary>
internal sealed class RecordingHandler(CallStore calls, RecordingStore recordings, ContradictionLog contradictions) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = RecordingPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { RecordingSid: { } sid, Report: { } report } || (payload.CallSid ?? payload.ConferenceSid) is null)
        {
            return DeliveryResult.Malformed("RecordingSid, RecordingStatus, or both CallSid and ConferenceSid are missing");
        }

        var source = new RecordedSource(sid, payload.CallSid, payload.ConferenceSid);
        return source.CallSid is { } callSid
            ? await HandleOfCallAsync(delivery, source, callSid, report, work, cancellationToken)
            : await HandleOfConferenceAsync(delivery, source, source.ConferenceSid!, report, work, cancellationToken);
    }

    private async Task<DeliveryResult> HandleOfCallAsync(
        InboxDelivery delivery,
        RecordedSource source,
        string callSid,
        RecordingReport report,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        await CallStore.LockAsync(work, callSid, cancellationToken);
        var (_, lead) = await calls.BeginAsync(work, callSid, parties: null, cancellationToken);
        if (source.ConferenceSid is { } conferenceSid)
        {
            await CallStore.JoinConferenceAsync(work, callSid, conferenceSid, cancellationToken);
        }

        await RecordingStore.LockConferencesAsync(work, callSid, cancellationToken);
        if (lead is null && await LeadMatcher.FindByCallAsync(work, callSid, cancellationToken) is { } found)
        {
            lead = found;
            await CallStore.AssignLeadAsync(work, callSid, found, new MatchPath(ClueNames.Call, []), cancellationToken);
        }

        await AddAsync(delivery, source, report, work, cancellationToken);
        await RecordingStore.AnnounceAsync(work, callSid, lead, delivery.ReceivedAt, cancellationToken);
        return DeliveryResult.Done;
    }

    private async Task<DeliveryResult> HandleOfConferenceAsync(
        InboxDelivery delivery,
        RecordedSource source,
        string conferenceSid,
        RecordingReport report,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        await CallStore.LockAsync(work, conferenceSid, cancellationToken);
        await AddAsync(delivery, source, report, work, cancellationToken);
        var lead = await CallStore.FindLeadOfConferenceAsync(work, conferenceSid, cancellationToken);
        await RecordingStore.AnnounceOfConferenceAsync(work, conferenceSid, lead, delivery.ReceivedAt, cancellationToken);
        return DeliveryResult.Done;
    }

    private async Task AddAsync(
        InboxDelivery delivery,
        RecordedSource source,
        RecordingReport report,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        if (await recordings.AddAsync(work, source, report, delivery.ReceivedAt, cancellationToken))
        {
            contradictions.Report(delivery);
        }
    }
}
