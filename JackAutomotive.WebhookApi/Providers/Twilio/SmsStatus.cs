using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a status callback for an outgoing text:
/// <code>
/// MessageSid=SM…&amp;MessageStatus=undelivered&amp;From=%2B12025550199&amp;To=%2B12025550123&amp;ErrorCode=30003&amp;ErrorMessage=…
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id, which all callbacks of a text share.</param>
/// <param name="Status">The status; see <see cref="MessageProgress"/>.</param>
/// <param name="To">The recipient.</param>
/// <param name="ErrorCode">Twilio's error code for failed and undelivered texts; null for 0, which means no error.</param>
/// <param name="ErrorMessage">The error in words.</param>
internal sealed record SmsStatusPayload(string? MessageSid, string? Status, string? To, string? ErrorCode, string? ErrorMessage)
{
    public static SmsStatusPayload Parse(FormBody form) => new(
        form.ReadId("MessageSid") ?? form.ReadId("SmsSid"),
        form.ReadId("MessageStatus") ?? form.ReadId("SmsStatus"),
        form.ReadTrimmedText("To"),
        form.ReadId("ErrorCode") is { } code and not "0" ? code : null,
        form.ReadTrimmedText("ErrorMessage"));
}

/// <summary>The webhook with which Twilio reports the status of an outgoing text.</summary>
internal static class SmsStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioSmsStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>
    /// Identifies one event per text and status. Two bodies with the same text and status but different error codes are a conflict.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = SmsStatusPayload.Parse(FormBody.FromWebhook(webhook));
        var id = payload is { MessageSid: { } sid, Status: { } status } ? $"{sid}:{status}" : webhook.BodyIdentity;
        return new(DeliveryKind.SmsStatus.BuildKey(id), OrderingKeys.ForText(payload.MessageSid ?? id));
    }
}

/// <summary>Stores the status of a text. A status may arrive before the text itself is stored.</summary>
internal sealed class SmsStatusHandler(MessageStateStore states) : IDeliveryHandler
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
        if (await states.AddAsync(work, sid, report, delivery.ReceivedAt, cancellationToken) is not { } state)
        {
            return DeliveryResult.Done; // A later status is stored already, or the status has not changed.
        }

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
