using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>The clues that identify the lead of a call.</summary>
/// <param name="LeadIds">Strings that may be a lead's id, the most reliable first.</param>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="CallSid">The CallSid of the telephone call.</param>
/// <param name="ExternalNumber">The lead's phone number in the provider's spelling.</param>
internal sealed record LeadClues(IReadOnlyList<string?> LeadIds, string? ConversationId, string? CallSid, string? ExternalNumber);

/// <summary>The lead of a call, and the clue that identified the lead.</summary>
/// <param name="Lead">The lead.</param>
/// <param name="MatchedBy">The clue that identified the lead: lead id, conversation, call, phone, or new.</param>
/// <param name="IsNew">Whether this unit of work has created the lead.</param>
/// <param name="Phone">The phone number by which the lead was found or created; null if another clue identified the lead.</param>
internal sealed record LeadMatch(LeadId Lead, string MatchedBy, bool IsNew = false, PhoneNumber? Phone = null);

/// <summary>
/// Finds the lead of a call by the lead id that the agent received from us, by the conversation, by the telephone call, and by the lead's
/// phone number, in this order. Creates a lead if no clue matches.
/// </summary>
internal sealed class LeadMatcher(LeadStore leads)
{
    /// <summary>Finds or creates the lead of a call. A caller who withholds the number becomes a lead without a phone number.</summary>
    public async Task<LeadMatch> FindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken) =>
        await TryFindOrCreateAsync(work, clues, cancellationToken)
        ?? new LeadMatch(await leads.CreateAsync(work, cancellationToken), "new", IsNew: true);

    /// <summary>
    /// Finds the lead of a call, or creates a lead with the phone number from the clues. Returns null if no clue matches and the clues contain
    /// no phone number.
    /// </summary>
    public async Task<LeadMatch?> TryFindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        foreach (var id in clues.LeadIds)
        {
            if (LeadId.TryParse(id, null, out var lead) && await LeadStore.ExistsAsync(work, lead, cancellationToken))
            {
                return new LeadMatch(lead, "lead id");
            }
        }

        if (await ConversationStore.FindLeadAsync(work, clues.ConversationId, cancellationToken) is { } leadOfConversation)
        {
            return new LeadMatch(leadOfConversation, "conversation");
        }

        if (await ConversationStore.FindLeadOfCallAsync(work, clues.CallSid, cancellationToken) is { } leadOfConversationOnCall)
        {
            return new LeadMatch(leadOfConversationOnCall, "call");
        }

        if (await CallStore.FindLeadAsync(work, clues.CallSid, cancellationToken) is { } leadOfCall)
        {
            return new LeadMatch(leadOfCall, "call");
        }

        if (!CallParties.IsWithheld(clues.ExternalNumber) && PhoneNumber.TryParse(clues.ExternalNumber, out var phone))
        {
            var (lead, isNew) = await leads.FindOrCreateAsync(work, phone, cancellationToken);
            return new LeadMatch(lead, isNew ? "new" : "phone", isNew, phone);
        }

        return null;
    }
}
