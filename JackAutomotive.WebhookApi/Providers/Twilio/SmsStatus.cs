using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a status callback for an outgoing text:
/// <code>
/// MessageSid=SM…&amp;MessageStatus=undelivered&amp;From=%2B12025550199&amp;To=%2B12025550123&amp;ErrorCode=30003&amp;ErrorMessage=…
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id, which all callbacks of a text share.</param>
/// <param name="Status">
/// The status; see <see cref="MessageProgress"/>. Older callbacks name it SmsStatus, and some channels only EventType (<c>READ</c>).
/// </param>
/// <param name="To">The recipient.</param>
/// <param name="ErrorCode">Twilio's error code for failed and undelivered texts; null for 0, which means no error.</param>
/// <param name="ErrorMessage">The error in words.</param>
internal sealed record SmsStatusPayload(string? MessageSid, string? Status, string? To, string? ErrorCode, string? ErrorMessage)
{
    public static SmsStatusPayload Parse(FormBody form) => new(
        form.ReadId("MessageSid") ?? form.ReadId("SmsSid") ?? form.ReadId("SmsMessageSid"),
        FindStatus(form),
        form.ReadTrimmedText("To"),
        form.ReadId("ErrorCode") is { } code and not "0" ? code : null,
        form.ReadTrimmedText("ErrorMessage"));

    /// <summary>Returns the status of a text under any of the field names that Twilio uses; null if there is none.</summary>
    public static string? FindStatus(FormBody form) =>
        form.ReadId("MessageStatus") ?? form.ReadId("SmsStatus") ?? form.ReadId("EventType")?.ToLowerInvariant();
}

/// <summary>The webhook with which Twilio reports the status of an outgoing text.</summary>
internal static class SmsStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioSmsStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>
    /// Identifies one event per text, status and error. A callback that adds the error to a known status is another event, and so is one that
    /// names another error.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = SmsStatusPayload.Parse(FormBody.FromWebhook(webhook));
        return payload is { MessageSid: { } sid, Status: { } status }
            ? CallbackIdentity.Build(
                DeliveryKind.SmsStatus, $"{sid}:{status}", OrderingKeys.ForText(sid), payload.ErrorCode, payload.ErrorMessage)
            : new(DeliveryKind.SmsStatus.BuildKey(webhook.BodyIdentity), OrderingKeys.ForText(payload.MessageSid ?? webhook.BodyIdentity));
    }
}

/// <summary>Stores the status of a text. A status may arrive before the text itself is stored.</summary>
internal sealed class SmsStatusHandler(
    MessageStateStore states,
    TextOutcomes outcomes,
    OutboundResults outbound,
    ContradictionLog contradictions) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = SmsStatusPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { MessageSid: { } sid, Status: { } status })
        {
            return DeliveryResult.Malformed("MessageSid or MessageStatus is missing");
        }

        var report = new MessageReport(status, payload.ErrorCode, payload.ErrorMessage);
        var update = await states.AddAsync(work, sid, report, delivery.ReceivedAt, cancellationToken);
        if (update.IsContradiction)
        {
            contradictions.Report(delivery);
        }

        if (ChannelAddress.TryParseSender(payload.To, out var to))
        {
            var outcome = new TextOutcome(sid, to, status, payload.ErrorCode, delivery.ReceivedAt, delivery.Id);
            await outcomes.ApplyAsync(work, outcome, cancellationToken);
        }

        if (update.NewState is not { } state)
        {
            return DeliveryResult.Done; // A later status is stored already, or the callback tells nothing new.
        }

        await outbound.ApplyTextAsync(work, sid, state, cancellationToken);
        if (await FindLeadAsync(work, sid, payload.To, cancellationToken) is { } lead)
        {
            work.Raise(lead, LeadEventTypes.MessageStatus, delivery.ReceivedAt, new
            {
                MessageSid = sid,
                state.Status,
                state.ErrorCode,
                state.ErrorMessage,
            });
        }

        return DeliveryResult.Done;
    }

    // A status never creates a lead: texts are only sent to known leads.
    private static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string sid, string? to, CancellationToken cancellationToken) =>
        await MessageStateStore.FindLeadAsync(work, sid, cancellationToken)
        ?? (ChannelAddress.TryParseSender(to, out var address) ? await LeadStore.FindAsync(work, address, cancellationToken) : null);
}
