using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Features.Calls;
using JackAutomotive.WebhookApi.Features.Conversations;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>What a call says about whose it is.</summary>
/// <param name="LeadIds">Texts that may be a lead's id, the most trustworthy first.</param>
/// <param name="ConversationId">The provider's conversation.</param>
/// <param name="CallSid">The telephone call.</param>
/// <param name="ExternalNumber">The customer's number as the provider writes it.</param>
internal sealed record LeadClues(IReadOnlyList<string?> LeadIds, string? ConversationId, string? CallSid, string? ExternalNumber);

/// <summary>Whose it is.</summary>
/// <param name="Lead">The lead.</param>
/// <param name="By">Which clue decided: lead id, conversation, call, phone, or new.</param>
/// <param name="IsNew">The lead has been created in this unit of work.</param>
/// <param name="Phone">The number that it was found or created by.</param>
internal sealed record LeadMatch(LeadId Lead, string By, bool IsNew = false, PhoneNumber? Phone = null);

/// <summary>
/// Finds the lead of a call: by an id that we gave to the agent, by the conversation, by the telephone call, by the customer's
/// number. If nothing fits it is somebody new; a caller whose number is withheld becomes a lead without one.
/// </summary>
internal sealed class LeadMatcher(LeadStore leads)
{
    /// <summary>Whose it is; somebody new, without a number, if no clue leads anywhere.</summary>
    public async Task<LeadMatch> MatchAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken) =>
        await FindAsync(work, clues, cancellationToken)
        ?? new LeadMatch(await leads.CreateAsync(work, cancellationToken), "new", IsNew: true);

    /// <summary>Whose it is, perhaps somebody new with a number of their own; null if there is no telling yet.</summary>
    public async Task<LeadMatch?> FindAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        foreach (var id in clues.LeadIds)
        {
            if (LeadId.TryParse(id, null, out var lead) && await LeadStore.ExistsAsync(work, lead, cancellationToken))
            {
                return new LeadMatch(lead, "lead id");
            }
        }

        if (await ConversationStore.FindLeadAsync(work, clues.ConversationId, cancellationToken) is { } talkedTo)
        {
            return new LeadMatch(talkedTo, "conversation");
        }

        if (await ConversationStore.FindLeadOfCallAsync(work, clues.CallSid, cancellationToken) is { } called)
        {
            return new LeadMatch(called, "call");
        }

        if (await CallStore.FindLeadAsync(work, clues.CallSid, cancellationToken) is { } telephoned)
        {
            return new LeadMatch(telephoned, "call");
        }

        if (!CallParties.IsWithheld(clues.ExternalNumber) && PhoneNumber.TryParse(clues.ExternalNumber, out var phone))
        {
            var (lead, isNew) = await leads.FindOrCreateAsync(work, phone, cancellationToken);
            return new LeadMatch(lead, isNew ? "new" : "phone", isNew, phone);
        }

        return null;
    }
}
