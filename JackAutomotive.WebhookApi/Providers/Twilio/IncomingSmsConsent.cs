using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Messages;
using Microsoft.Extensions.Options;
using PhoneNumbers;
using PhoneNumber = JackAutomotive.WebhookApi.Leads.PhoneNumber;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>Enters what a text says about contact in the ledger, in the text's own transaction.</summary>
internal sealed class IncomingSmsConsent(ConsentLedger ledger, StopRequests stopRequests, IOptions<ConsentOptions> options)
{
    /// <summary>Reads a text that is stored now for the first time.</summary>
    public async Task AddAsync(
        UnitOfWork work,
        LeadId lead,
        ChannelAddress sender,
        IncomingMessage message,
        long deliveryId,
        CancellationToken cancellationToken)
    {
        var (meaning, source) = TextConsent.Read(message.Body, message.OptOutType, IsTollFree(message.To));
        var words = message.Body;
        switch (meaning)
        {
            case TextConsentMeaning.OptOut or TextConsentMeaning.OptIn:
                break;
            case TextConsentMeaning.OptInIfOptedOut:
                var state = await ConsentLedger.ReadStateAsync(work.CreateCommand, lead, sender, cancellationToken);
                if (!state.IsOptedOutAtTwilio)
                {
                    return;
                }

                break;
            case TextConsentMeaning.Help:
                return;
            default:
                if (stopRequests.Find(message.Body) is not { } request)
                {
                    return;
                }

                (meaning, source, words) = (TextConsentMeaning.OptOut, ConsentSources.FreeWording, request.Text);
                break;
        }

        var isOptOut = meaning == TextConsentMeaning.OptOut;
        var entry = new ConsentEntry(
            lead,
            sender,
            isOptOut,
            isOptOut ? options.Value.ScopeOf(isCall: false) : ConsentScopes.All,
            ConsentSpeakers.Customer,
            source,
            StopRequests.KeyOfText(message.MessageSid),
            message.ReceivedAt)
        {
            Channel = message.Channel,
            Words = words,
            DeliveryId = deliveryId,
        };
        await ledger.AddAsync(work, entry, cancellationToken);
    }

    private static bool IsTollFree(string number)
    {
        if (!PhoneNumber.TryParse(number, out var phone))
        {
            return false;
        }

        var library = PhoneNumberUtil.GetInstance();
        return library.GetNumberType(library.Parse(phone.Value, null)) == PhoneNumberType.TOLL_FREE;
    }
}
