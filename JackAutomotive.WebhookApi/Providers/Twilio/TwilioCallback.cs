using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Recognises what a request from Twilio is about. The content decides, and the address only if the content does not: a status callback that is
/// configured with the address of another webhook would otherwise be lost, or taken for a text.
/// </summary>
internal static class TwilioCallback
{
    private const string Received = "received";
    private const string Receiving = "receiving";

    /// <summary>Returns the topic that a form belongs to.</summary>
    /// <param name="form">The form.</param>
    /// <param name="addressTopic">The topic of the address that received the form.</param>
    public static string FindTopic(FormBody form, string addressTopic)
    {
        if (form.ReadId("RecordingSid") is not null && form.ReadId("RecordingStatus") is not null)
        {
            return Topics.TwilioRecording;
        }

        if (form.ReadId("CallSid") is not null && (form.ReadId("CallStatus") ?? form.ReadId("AnsweredBy")) is not null)
        {
            return Topics.TwilioVoiceStatus;
        }

        if (IncomingSmsPayload.FindMessageSid(form) is null)
        {
            return addressTopic;
        }

        var status = SmsStatusPayload.FindStatus(form);
        var hasText = form["Body"] is not null || form["NumMedia"] is not null;
        return status is Received or Receiving && hasText ? Topics.TwilioIncomingSms
            : status is not (null or Received or Receiving) && form["Body"] is null ? Topics.TwilioSmsStatus
            : addressTopic;
    }

    /// <summary>Identifies a request by its content.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook) =>
        FindTopic(FormBody.FromWebhook(webhook), webhook.Endpoint.Topic) switch
        {
            Topics.TwilioIncomingSms => IncomingSms.Identify(webhook),
            Topics.TwilioSmsStatus => SmsStatus.Identify(webhook),
            Topics.TwilioVoiceStatus => VoiceStatus.Identify(webhook),
            _ => Recording.Identify(webhook),
        };
}

/// <summary>Passes a delivery to the handler of what it is about.</summary>
internal sealed class TwilioCallbackHandler(
    IncomingSmsHandler incomingSms,
    SmsStatusHandler smsStatus,
    VoiceStatusHandler voiceStatus,
    RecordingHandler recording) : IDeliveryHandler
{
    /// <inheritdoc/>
    public Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        IDeliveryHandler handler = TwilioCallback.FindTopic(FormBody.Parse(delivery.Body.Span), delivery.Topic) switch
        {
            Topics.TwilioIncomingSms => incomingSms,
            Topics.TwilioSmsStatus => smsStatus,
            Topics.TwilioVoiceStatus => voiceStatus,
            _ => recording,
        };
        return handler.HandleAsync(delivery, work, cancellationToken);
    }
}
