using System.Globalization;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a call status callback that this service uses:
/// <code>
/// CallSid=CA…&amp;CallStatus=completed&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Direction=inbound&amp;SequenceNumber=3
///   &amp;Timestamp=Mon%2C+23+Nov+2026+12%3A00%3A00+%2B0000&amp;CallDuration=42&amp;AnsweredBy=human&amp;ParentCallSid=CA…
/// </code>
/// The callback that is configured on a telephone number comes only at the end of a call, without SequenceNumber and Timestamp.
/// </summary>
/// <param name="CallSid">Twilio's id, which all callbacks of a call share.</param>
/// <param name="Report">The reported status; null if there is no CallStatus.</param>
/// <param name="Parties">The caller and the called party.</param>
internal sealed record VoiceStatusPayload(string? CallSid, CallReport? Report, CallParties Parties)
{
    public static VoiceStatusPayload Parse(FormBody form)
    {
        var report = form.ReadId("CallStatus") is { } status
            ? new CallReport(
                status,
                form.ReadWholeNumber("SequenceNumber") ?? CallReport.NoSequence,
                form.ReadTime("Timestamp"),
                form.ReadWholeNumber("CallDuration"),
                form.ReadId("AnsweredBy"),
                form.ReadId("SipResponseCode"))
            : null;
        return new VoiceStatusPayload(
            form.ReadId("CallSid"),
            report,
            new CallParties(form.ReadId("Direction"), form.ReadTrimmedText("From"), form.ReadTrimmedText("To"), form.ReadId("ParentCallSid")));
    }
}

/// <summary>The webhook with which Twilio reports the status of a telephone call.</summary>
internal static class VoiceStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioVoiceStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>Identifies one event per call, status and sequence number.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = VoiceStatusPayload.Parse(FormBody.FromWebhook(webhook));
        var id = payload is { CallSid: { } sid, Report: { } report }
            ? string.Create(CultureInfo.InvariantCulture, $"{sid}:{report.Status}:{report.Sequence}")
            : webhook.BodyIdentity;
        return new(DeliveryKind.VoiceStatus.BuildKey(id), OrderingKeys.ForCall(payload.CallSid ?? id));
    }
}

/// <summary>Stores the status of a call, and raises a lead event once the call's lead is known.</summary>
internal sealed class VoiceStatusHandler(CallStore calls, LeadMatcher matcher, LiveConversations conversations, OurNumbers ourNumbers)
    : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = VoiceStatusPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { CallSid: { } sid, Report: { } report })
        {
            return DeliveryResult.Malformed("CallSid or CallStatus is missing");
        }

        var (field, number) = payload.Parties.FindOurNumber();
        if (ourNumbers.FindUnroutableReason(field, number) is { } reason)
        {
            return DeliveryResult.Unroutable(reason);
        }

        var at = report.At ?? delivery.ReceivedAt;
        await CallStore.LockWithParentAsync(work, sid, payload.Parties.ParentCallSid, cancellationToken);
        var (statusBefore, lead) = await calls.BeginAsync(work, sid, payload.Parties, cancellationToken);
        var state = await calls.AddAsync(work, sid, report, delivery.ReceivedAt, cancellationToken);

        if (lead is null && await FindLeadAsync(work, sid, payload.Parties, at, cancellationToken) is { } match)
        {
            (lead, statusBefore) = (match.Lead, null); // Without a lead, the call has raised no status event yet.
            await CallStore.AssignLeadAsync(work, sid, match.Lead, match.Path, cancellationToken);
            await conversations.AssignLeadAsync(work, null, sid, match.Lead, match.Path, at, cancellationToken);
        }

        if (lead is { } knownLead && state.Status != statusBefore)
        {
            CallEvents.RaiseStatus(work, knownLead, sid, payload.Parties.Direction, state, at);
        }

        await RecordingStore.AnnounceAsync(work, sid, lead, at, cancellationToken);

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
