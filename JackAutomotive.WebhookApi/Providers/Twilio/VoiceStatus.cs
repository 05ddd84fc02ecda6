using System.Globalization;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a call's status callback that we use:
/// <code>
/// CallSid=CA…&amp;CallStatus=completed&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Direction=inbound&amp;SequenceNumber=3
///   &amp;Timestamp=Mon%2C+23+Nov+2026+12%3A00%3A00+%2B0000&amp;CallDuration=42&amp;AnsweredBy=human&amp;ParentCallSid=CA…
/// </code>
/// A telephone number's own callback comes at the end only, without SequenceNumber and Timestamp.
/// </summary>
/// <param name="CallSid">Twilio's id, which all callbacks of a call share.</param>
/// <param name="Report">What is told; null if there is no CallStatus.</param>
/// <param name="Parties">Who talks to whom.</param>
internal sealed record VoiceStatusPayload(string? CallSid, CallReport? Report, CallParties Parties)
{
    public static VoiceStatusPayload Parse(FormBody form)
    {
        var report = form.Id("CallStatus") is { } status
            ? new CallReport(
                status,
                form.WholeNumber("SequenceNumber") ?? CallReport.NoSequence,
                form.Time("Timestamp"),
                form.WholeNumber("CallDuration"),
                form.Id("AnsweredBy"),
                form.Id("SipResponseCode"))
            : null;
        return new VoiceStatusPayload(
            form.Id("CallSid"),
            report,
            new CallParties(form.Id("Direction"), form.Word("From"), form.Word("To"), form.Id("ParentCallSid")));
    }
}

/// <summary>Twilio tells how a telephone call stands.</summary>
internal static class VoiceStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioVoiceStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>Each status of a call, with its sequence number, is an event of its own.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = VoiceStatusPayload.Parse(FormBody.Of(webhook));
        var id = payload is { CallSid: { } sid, Report: { } report }
            ? string.Create(CultureInfo.InvariantCulture, $"{sid}:{report.Status}:{report.Sequence}")
            : webhook.BodyIdentity;
        return new(DeliveryKind.VoiceStatus.Key(id), OrderingKeys.Call(payload.CallSid ?? id));
    }
}

/// <summary>Notes how a call stands, under its lead once it is known whose call it is.</summary>
internal sealed class VoiceStatusHandler(CallStore calls, CallOwner owner, LiveConversations conversations, OurNumbers ours)
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

        var (field, number) = payload.Parties.OurSide();
        if (ours.WhyUnroutable(field, number) is { } why)
        {
            return DeliveryResult.Unroutable(why);
        }

        var at = report.At ?? delivery.ReceivedAt;
        await CallStore.LockAsync(work, sid, cancellationToken);
        var (before, lead) = await calls.BeginAsync(work, sid, payload.Parties, cancellationToken);
        var state = await calls.AddAsync(work, sid, report, delivery.ReceivedAt, cancellationToken);

        if (lead is null && await owner.FindOrCreateAsync(work, sid, payload.Parties, at, cancellationToken) is { } found)
        {
            (lead, before) = (found, null); // Nobody was told of what came before.
            await CallStore.GiveAsync(work, sid, found, cancellationToken);
            await conversations.GiveAsync(work, null, sid, found, at, cancellationToken);
        }

        if (lead is { } known && state.Status != before)
        {
            CallEvents.RaiseStatus(work, known, sid, payload.Parties.Direction, state, at);
        }

        await RecordingStore.AnnounceAsync(work, sid, lead, at, cancellationToken);

        return DeliveryResult.Done;
    }
}
