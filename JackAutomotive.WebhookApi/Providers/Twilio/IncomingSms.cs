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
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// The fields of an incoming SMS or MMS webhook that this service uses:
/// <code>
/// MessageSid=SM…&amp;From=%2B12025550123&amp;To=%2B12025550199&amp;Body=Hello
///   &amp;NumMedia=1&amp;MediaUrl0=https%3A%2F%2F…&amp;MediaContentType0=image%2Fjpeg&amp;OptOutType=STOP
/// </code>
/// On other channels From and To have a prefix, and WhatsApp adds the sender's number if it knows the number:
/// <code>
/// From=whatsapp%3A%2B12025550123&amp;To=whatsapp%3A%2B12025550199&amp;WaId=12025550123&amp;ProfileName=Jane
/// </code>
/// </summary>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="From">The sender: an E.164 number, a short code, a name, or <c>channel:address</c>.</param>
/// <param name="To">The recipient: our number.</param>
/// <param name="Body">The text; may be empty if there is media.</param>
/// <param name="Media">The attachments, in order.</param>
/// <param name="WhatsAppId">The sender's id at WhatsApp: usually the number without a plus sign.</param>
/// <param name="OptOutType">STOP, START or HELP, if Twilio understood the text as such.</param>
internal sealed record IncomingSmsPayload(
    string? MessageSid,
    string? From,
    string? To,
    string Body,
    IReadOnlyList<SmsMedia> Media,
    string? WhatsAppId,
    string? OptOutType)
{
    private const int MaxMedia = 10;

    /// <summary>The channel: sms, whatsapp, rcs, messenger and others.</summary>
    public string Channel => ChannelAddress.FindChannel(From) ?? ChannelAddress.FindChannel(To) ?? ChannelAddress.Sms;

    /// <summary>The addresses of the sender, the most reliable first; empty if nobody can be reached at the sender.</summary>
    public IReadOnlyList<ChannelAddress> FindSenderAddresses()
    {
        var addresses = new List<ChannelAddress>();
        if (ChannelAddress.TryParseSender(From, out var sender))
        {
            addresses.Add(sender);
            if (Channel == ChannelAddress.WhatsApp && ChannelAddress.TryParse($"{Channel}:{WhatsAppId}", out var known) && known != sender)
            {
                addresses.Add(known);
            }
        }

        return addresses;
    }

    public static IncomingSmsPayload Parse(FormBody form)
    {
        _ = int.TryParse(form["NumMedia"], NumberStyles.None, CultureInfo.InvariantCulture, out var mediaCount);
        return new IncomingSmsPayload(
            FindMessageSid(form),
            PlainText.Clean(form["From"])?.Trim(),
            form.ReadTrimmedText("To"),
            PlainText.Clean(form["Body"]) ?? "",
            [.. Enumerable.Range(0, Math.Min(mediaCount, MaxMedia)).Select(i => FindMedia(form, i)).OfType<SmsMedia>()],
            form.ReadTrimmedText("WaId"),
            form.ReadId("OptOutType"));
    }

    /// <summary>Returns Twilio's id of the text, under any of the field names that Twilio has used.</summary>
    public static string? FindMessageSid(FormBody form) =>
        form.ReadId("MessageSid") ?? form.ReadId("SmsMessageSid") ?? form.ReadId("SmsSid");

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

    /// <summary>The kinds of senders that the handler supports. Earlier versions parked the texts of all but the first.</summary>
    public static readonly string[] SenderKinds = ["phone", "channel address", "name or short code", "hidden"];

    /// <summary>Identifies one event per text; the texts of one sender are handled in order.</summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var form = FormBody.FromWebhook(webhook);
        var id = IncomingSmsPayload.FindMessageSid(form) ?? webhook.BodyIdentity;
        var payload = IncomingSmsPayload.Parse(form);
        return new(DeliveryKind.IncomingSms.BuildKey(id), OrderingKeys.ForSender(payload.From ?? id))
        {
            // Twilio sends a text to the fallback address with two more fields, and a GET with other escapes.
            Content = payload.MessageSid is null ? null : string.Join('\u001e', [payload.From, payload.To, payload.Body, .. payload.Media]),
        };
    }
}

/// <summary>Stores an incoming text under its sender's lead.</summary>
internal sealed partial class IncomingSmsHandler(
    LeadStore leads,
    MessageStore messages,
    IncomingSmsConsent consent,
    OurNumbers ourNumbers,
    AnalysisQueue analysisQueue,
    WebhookApiMetrics metrics,
    ILogger<IncomingSmsHandler> logger) : IDeliveryHandler
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

        var addresses = payload.FindSenderAddresses().Where(address => !ourNumbers.IsOurs(address)).ToList();
        var (lead, isNew) = addresses.Count == 0 ? (null, false) : await FindLeadAsync(work, addresses, cancellationToken);
        var message = new IncomingMessage(
            lead,
            sid,
            payload.Channel,
            addresses.Count > 0 ? addresses[0].Text : OurNumbers.Normalise(from),
            OurNumbers.Normalise(to),
            from,
            to,
            addresses.Count > 0 && addresses[0].CanReceive,
            payload.Body,
            payload.Media,
            payload.OptOutType,
            delivery.ReceivedAt);
        if (!await messages.AddIncomingAsync(work, message, cancellationToken))
        {
            return DeliveryResult.Done; // The text is stored already: the delivery is being replayed.
        }

        if (lead is not { } knownLead)
        {
            metrics.CountUnidentified(payload.Channel);
            LogUnidentified(payload.Channel, sid);
            return DeliveryResult.Done;
        }

        if (isNew)
        {
            LeadEvents.RaiseCreated(work, knownLead, addresses[0], isClaimed: false, payload.Channel, delivery.ReceivedAt);
        }

        RaiseReceived(work, knownLead, message);
        await consent.AddAsync(work, knownLead, addresses[0], message, delivery.Id, cancellationToken);
        if (!string.IsNullOrWhiteSpace(payload.Body))
        {
            await analysisQueue.AddAsync(work, knownLead, AnalysisKind.Texts, sid, delivery.Id, cancellationToken);
        }

        return DeliveryResult.Done;
    }

    // The sender may have several addresses, of which some are new. The new ones are added to the lead that has another of them.
    private async Task<(LeadId? Lead, bool IsNew)> FindLeadAsync(
        UnitOfWork work,
        List<ChannelAddress> addresses,
        CancellationToken cancellationToken)
    {
        var known = addresses[0];
        foreach (var address in addresses.Skip(1))
        {
            if (await LeadStore.FindAsync(work, known, cancellationToken) is null
                && await LeadStore.FindAsync(work, address, cancellationToken) is not null)
            {
                known = address;
            }
        }

        var (lead, isNew) = await leads.FindOrCreateAsync(work, known, isClaimed: false, cancellationToken);
        foreach (var address in addresses.Where(address => address != known))
        {
            await leads.AddAddressAsync(work, lead, address, cancellationToken);
        }

        return (lead, isNew);
    }

    private static void RaiseReceived(UnitOfWork work, LeadId lead, IncomingMessage message) =>
        work.Raise(lead, LeadEventTypes.SmsReceived, message.ReceivedAt, new
        {
            message.MessageSid,
            message.Channel,
            message.From,
            message.To,
            message.CanReply,
            message.Body,
            message.Media,
            message.OptOutType,
        });

    [LoggerMessage(LogLevel.Warning, "The {Channel} text {MessageSid} is stored without a lead, because nobody can be reached at its sender")]
    private partial void LogUnidentified(string channel, string messageSid);
}
