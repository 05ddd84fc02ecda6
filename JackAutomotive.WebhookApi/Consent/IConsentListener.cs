using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>A change of how a person may be contacted.</summary>
/// <param name="EntryId">The entry of the ledger that caused the change.</param>
/// <param name="Lead">The lead; null if the address belongs to no lead.</param>
/// <param name="Address">The address that the entry names; null if it names none. The change is about all addresses of the lead.</param>
/// <param name="MayText">Whether texts may go out after the change.</param>
/// <param name="MayCall">Whether calls may go out after the change.</param>
/// <param name="Source">How we know it, one of <see cref="ConsentSources"/>.</param>
internal sealed record ConsentChange(Guid EntryId, LeadId? Lead, ChannelAddress? Address, bool MayText, bool MayCall, string Source);

/// <summary>Acts on changes of consent in the transaction that stores them, such as the withdrawal of what is queued for the person.</summary>
internal interface IConsentListener
{
    /// <summary>Acts on a change. The lead's row is locked.</summary>
    Task OnChangedAsync(UnitOfWork work, ConsentChange change, CancellationToken cancellationToken);
}
