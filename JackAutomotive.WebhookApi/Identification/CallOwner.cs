using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Features.Conversations;
using JackAutomotive.WebhookApi.Features.Leads;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>Finds out whose call it is.</summary>
internal sealed class CallOwner(LeadStore leads)
{
    /// <summary>
    /// The lead of a call: that of the conversation held on it, that of the call of which it is a leg, that of the customer's number,
    /// who may be somebody new. Null if all three are unknown.
    /// </summary>
    public async Task<LeadId?> FindOrCreateAsync(
        UnitOfWork work,
        string callSid,
        CallParties parties,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        if (await ConversationStore.FindLeadOfCallAsync(work, callSid, cancellationToken) is { } talkedTo)
        {
            return talkedTo;
        }

        if (await CallStore.FindLeadAsync(work, parties.ParentCallSid, cancellationToken) is { } transferred)
        {
            return transferred;
        }

        if (parties.Customer() is not { } phone)
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
