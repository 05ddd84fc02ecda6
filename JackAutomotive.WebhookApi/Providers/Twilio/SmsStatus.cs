using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of a status callback for a text that we sent:
/// <code>
/// MessageSid=SM…&amp;MessageStatus=undelivered&amp;From=%2B12025550199&amp;To=%2B12025550123&amp;ErrorCode=30003&amp;ErrorMessage=…
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id, which several callbacks share.</param>
/// <param name="Status">See <see cref="MessageProgress"/>.</param>
/// <param name="To">The recipient.</param>
/// <param name="ErrorCode">Comes with failed and undelivered; null for 0, which means none.</param>
/// <param name="ErrorMessage">In words.</param>
internal sealed record SmsStatusPayload(string? MessageSid, string? Status, string? To, string? ErrorCode, string? ErrorMessage)
{
    public static SmsStatusPayload Parse(FormBody form)
    {
        return new SmsStatusPayload(
            form.Id("MessageSid") ?? form.Id("SmsSid"),
            form.Id("MessageStatus") ?? form.Id("SmsStatus"),
            form.Word("To"),
            form.Id("ErrorCode") is { } code and not "0" ? code : null,
            form.Word("ErrorMessage"));
    }
}

/// <summary>Twilio tells how far a text got that we sent.</summary>
internal static class SmsStatus
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioSmsStatus, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 64 * 1024);

    /// <summary>Each status of a text is an event of its own.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var payload = SmsStatusPayload.Parse(FormBody.Of(webhook));
        var id = payload is { MessageSid: { } sid, Status: { } status } ? $"{sid}:{status}" : webhook.BodyIdentity;
        return new(DeliveryKind.SmsStatus.Key(id), OrderingKeys.Message(payload.MessageSid ?? id));
    }
}

/// <summary>Notes how far a text got. The status of a text that is not stored yet is kept until it is.</summary>
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
            return DeliveryResult.Done; // Overtaken by a later status, or one that says nothing new.
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

    // A status makes nobody a lead: texts are only sent to people who are known.
    private static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string sid, string? to, CancellationToken cancellationToken) =>
        await MessageStateStore.FindLeadAsync(work, sid, cancellationToken)
        ?? (PhoneNumber.TryParseE164(to, out var phone) ? await LeadStore.FindByPhoneAsync(work, phone, cancellationToken) : null);
}
