using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of an incoming text or picture message that we use:
/// <code>
/// MessageSid=SM…&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Body=Hello
///   &amp;NumMedia=1&amp;MediaUrl0=https%3A%2F%2F…&amp;MediaContentType0=image%2Fjpeg
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id.</param>
/// <param name="From">E.164, a short code, a name, or <c>channel:address</c>.</param>
/// <param name="To">Our number.</param>
/// <param name="Body">May be empty, with media.</param>
/// <param name="Media">Pictures and the like, in order.</param>
internal sealed record IncomingSmsPayload(string? MessageSid, string? From, string? To, string Body, IReadOnlyList<SmsMedia> Media)
{
    private const int MaxMedia = 10;

    public static IncomingSmsPayload Parse(FormBody form)
    {
        _ = int.TryParse(form["NumMedia"], NumberStyles.None, CultureInfo.InvariantCulture, out var mediaCount);
        return new IncomingSmsPayload(
            SidOf(form),
            form.Word("From"),
            form.Word("To"),
            PlainText.Clean(form["Body"]) ?? "",
            [.. Enumerable.Range(0, Math.Min(mediaCount, MaxMedia)).Select(i => MediaOf(form, i)).OfType<SmsMedia>()]);
    }

    /// <summary>Twilio's id, under any of the names that it has had.</summary>
    public static string? SidOf(FormBody form) => form.Word("MessageSid") ?? form.Word("SmsMessageSid") ?? form.Word("SmsSid");

    private static SmsMedia? MediaOf(FormBody form, int index) =>
        form.Word(string.Create(CultureInfo.InvariantCulture, $"MediaUrl{index}")) is { } url
            ? new SmsMedia(url, form.Word(string.Create(CultureInfo.InvariantCulture, $"MediaContentType{index}")))
            : null;
}

/// <summary>One picture or other attachment.</summary>
/// <param name="Url">Where it is kept at Twilio.</param>
/// <param name="ContentType">For example <c>image/jpeg</c>.</param>
internal sealed record SmsMedia(string Url, string? ContentType);

/// <summary>A customer has sent a text.</summary>
internal static class IncomingSms
{
    public static readonly WebhookEndpoint Endpoint =
        new("twilio", Topics.TwilioIncomingSms, TwilioOptions.AuthTokenSetting, MaxBodyBytes: 256 * 1024);

    /// <summary>One event for each text; the texts of one sender are handled in order.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var form = FormBody.Of(webhook);
        var id = IncomingSmsPayload.SidOf(form) ?? webhook.BodyIdentity;
        return new(DeliveryKind.IncomingSms.Key(id), OrderingKeys.Sender(form.Word("From") ?? id));
    }
}

/// <summary>Files an incoming text under its sender.</summary>
internal sealed class IncomingSmsHandler(LeadStore leads, MessageStore messages, OurNumbers ours) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = IncomingSmsPayload.Parse(FormBody.Parse(delivery.Body.Span));
        if (payload is not { MessageSid: { } sid, From: { } from, To: { } to })
        {
            return DeliveryResult.Malformed("MessageSid, From or To is missing");
        }

        if (ours.WhyUnroutable("To", to) is { } why)
        {
            return DeliveryResult.Unroutable(why);
        }

        if (!PhoneNumber.TryParseE164(from, out var phone))
        {
            return DeliveryResult.Unroutable("the sender is not a telephone number but a short code, a name or another channel's address");
        }

        var (lead, isNew) = await leads.FindOrCreateAsync(work, phone, cancellationToken);
        var message = new IncomingMessage(lead, sid, phone.Value, to, payload.Body, payload.Media, delivery.ReceivedAt);
        if (!await messages.AddIncomingAsync(work, message, cancellationToken))
        {
            return DeliveryResult.Done; // Filed before: this is a replay.
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
