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
/// </summary>
/// <param name="RecordingSid">Twilio's id, which all callbacks of a recording share.</param>
/// <param name="CallSid">The id of the recorded call.</param>
/// <param name="Report">The reported status; null if there is no RecordingStatus.</param>
internal sealed record RecordingPayload(string? RecordingSid, string? CallSid, RecordingReport? Report)
{
    public static RecordingPayload Parse(FormBody form)
    {
        var report = form.ReadId("RecordingStatus") is { } status
            ? new RecordingReport(
                status,
                form.ReadTrimmedText("RecordingUrl"),
                form.ReadWholeNumber("RecordingDuration"),
                form.ReadWholeNumber("RecordingChannels"),
                form.ReadId("RecordingSource"),
                form.ReadId("RecordingTrack"),
                form.ReadTime("RecordingStartTime"),
                form.ReadId("ErrorCode") is { } code and not "0" ? code : null)
            : null;
        return new RecordingPayload(form.ReadId("RecordingSid"), form.ReadId("CallSid"), report);
    }
}

/// <summary>The webhook with which Twilio reports the status of a call's recording.</summary>
internal static class Recording
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioRecording, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>Identifies one event per recording and status.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = RecordingPayload.Parse(FormBody.FromWebhook(webhook));
        var id = payload is { RecordingSid: { } sid, Report: { } report } ? $"{sid}:{report.Status}" : webhook.BodyIdentity;
        return new(DeliveryKind.Recording.BuildKey(id), OrderingKeys.ForCall(payload.CallSid ?? id));
    }
}

/// <summary>Stores the status of a call's recording. The audio itself stays at Twilio.</summary>
internal sealed class RecordingHandler(CallStore calls, RecordingStore recordings) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = RecordingPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { RecordingSid: { } sid, CallSid: { } callSid, Report: { } report })
        {
            return DeliveryResult.Malformed("RecordingSid, CallSid or RecordingStatus is missing");
        }

        await CallStore.LockAsync(work, callSid, cancellationToken);
        var (_, lead) = await calls.BeginAsync(work, callSid, parties: null, cancellationToken);
        if (lead is null && await LeadMatcher.FindByCallAsync(work, callSid, cancellationToken) is { } found)
        {
            lead = found;
            await CallStore.AssignLeadAsync(work, callSid, found, new MatchPath(ClueNames.Call, []), cancellationToken);
        }

        await recordings.AddAsync(work, sid, callSid, report, delivery.ReceivedAt, cancellationToken);
        await RecordingStore.AnnounceAsync(work, callSid, lead, delivery.ReceivedAt, cancellationToken);
        return DeliveryResult.Done;
    }
}
