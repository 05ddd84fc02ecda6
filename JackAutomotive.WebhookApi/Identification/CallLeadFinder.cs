using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>Finds the lead of a telephone call.</summary>
internal sealed class CallLeadFinder(LeadStore leads)
{
    /// <summary>
    /// Finds the lead of a call by the conversation on the call, by the parent call, and by the lead's phone number, in this order.
    /// Creates a lead if the phone number is new. Returns null if all three are unknown.
    /// </summary>
    public async Task<LeadId?> FindOrCreateAsync(
        UnitOfWork work,
        string callSid,
        CallParties parties,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (await ConversationStore.FindLeadOfCallAsync(work, callSid, cancellationToken) is { } leadOfConversation)
        {
            return leadOfConversation;
        }

        if (await CallStore.FindLeadAsync(work, parties.ParentCallSid, cancellationToken) is { } leadOfParentCall)
        {
            return leadOfParentCall;
        }

        if (parties.FindLeadPhone() is not { } phone)
        {
            return null;
        }

        var (lead, isNew) = await leads.FindOrCreateAsync(work, phone, cancellationToken);
        if (isNew)
        {
            LeadEvents.RaiseCreated(work, lead, phone, "voice", at);
        }

        return lead;
    }
}
