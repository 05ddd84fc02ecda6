using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of an incoming SMS or MMS webhook that this service uses:
/// <code>
/// MessageSid=SM…&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Body=Hello
///   &amp;NumMedia=1&amp;MediaUrl0=https%3A%2F%2F…&amp;MediaContentType0=image%2Fjpeg
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="From">The sender: an E.164 number, a short code, a name, or <c>channel:address</c>.</param>
/// <param name="To">The recipient: our number.</param>
/// <param name="Body">The text; may be empty if there is media.</param>
/// <param name="Media">The attachments, in order.</param>
internal sealed record IncomingSmsPayload(string? MessageSid, string? From, string? To, string Body, IReadOnlyList<SmsMedia> Media)
{
    private const int MaxMedia = 10;

    public static IncomingSmsPayload Parse(FormBody form)
    {
        _ = int.TryParse(form["NumMedia"], NumberStyles.None, CultureInfo.InvariantCulture, out var mediaCount);
        return new IncomingSmsPayload(
            FindMessageSid(form),
            form.ReadTrimmedText("From"),
            form.ReadTrimmedText("To"),
            PlainText.Clean(form["Body"]) ?? "",
            [.. Enumerable.Range(0, Math.Min(mediaCount, MaxMedia)).Select(i => FindMedia(form, i)).OfType<SmsMedia>()]);
    }

    /// <summary>Returns Twilio's id of the text, under any of the field names that Twilio has used.</summary>
    public static string? FindMessageSid(FormBody form) =>
        form.ReadTrimmedText("MessageSid") ?? form.ReadTrimmedText("SmsMessageSid") ?? form.ReadTrimmedText("SmsSid");

    private static SmsMedia? FindMedia(FormBody form, int index) =>
        form.ReadTrimmedText(string.Create(CultureInfo.InvariantCulture, $"MediaUrl{index}")) is { } url
            ? new SmsMedia(url, form.ReadTrimmedText(string.Create(CultureInfo.InvariantCulture, $"MediaContentType{index}")))
            : null;
}

/// <summary>The webhook that Twilio sends when a lead sends a text.</summary>
internal static class IncomingSms
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioIncomingSms, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 256 * 1024);

    /// <summary>Identifies one event per text; the texts of one sender are handled in order.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var form = FormBody.FromWebhook(webhook);
        var id = IncomingSmsPayload.FindMessageSid(form) ?? webhook.BodyIdentity;
        return new(DeliveryKind.IncomingSms.BuildKey(id), OrderingKeys.ForSender(form.ReadTrimmedText("From") ?? id));
    }
}

/// <summary>Stores an incoming text under its sender's lead.</summary>
internal sealed class IncomingSmsHandler(LeadStore leads, MessageStore messages, OurNumbers ourNumbers, AnalysisQueue analysisQueue) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = IncomingSmsPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { MessageSid: { } sid, From: { } from, To: { } to })
        {
            return DeliveryResult.Malformed("MessageSid, From or To is missing");
        }

        if (ourNumbers.FindUnroutableReason("To", to) is { } reason)
        {
            return DeliveryResult.Unroutable(reason);
        }

        if (!PhoneNumber.TryParseE164(from, out var phone))
        {
            return DeliveryResult.Unroutable("the sender is not a telephone number but a short code, a name or another channel's address");
        }

        var (lead, isNew) = await leads.FindOrCreateAsync(work, phone, cancellationToken);
        var message = new IncomingMessage(lead, sid, phone.Value, to, payload.Body, payload.Media, delivery.ReceivedAt);
        if (!await messages.AddIncomingAsync(work, message, cancellationToken))
        {
            return DeliveryResult.Done; // The text is stored already: the delivery is being replayed.
        }

        if (!string.IsNullOrWhiteSpace(payload.Body))
        {
            await analysisQueue.AddAsync(work, lead, AnalysisKind.Texts, sid, delivery.Id, cancellationToken);
        }

        if (isNew)
        {
            LeadEvents.RaiseCreated(work, lead, phone, "sms", delivery.ReceivedAt);
        }

        work.Raise(lead, LeadEventTypes.SmsReceived, delivery.ReceivedAt, new
        {
            MessageSid = sid,
            From = phone.Value,
            To = to,
            payload.Body,
            payload.Media,
        });
        return DeliveryResult.Done;
    }
}
