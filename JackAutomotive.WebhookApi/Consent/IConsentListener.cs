using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>A change of what a person allows.</summary>
/// <param name="EntryId">The entry of the ledger that caused the change.</param>
/// <param name="Lead">The lead; null if the address belongs to no lead.</param>
/// <param name="Address">The address that the entry names; null if it names none.</param>
/// <param name="IsOptOut">True if the person may no longer be contacted on the channel.</param>
/// <param name="Channel"><see cref="ConsentChannels.All"/>, <see cref="ConsentChannels.Text"/> or <see cref="ConsentChannels.Call"/>.</param>
/// <param name="Source">From what we know it, one of <see cref="ConsentSources"/>.</param>
/// <param name="At">When it was said.</param>
internal sealed record ConsentChange(
    Guid EntryId,
    LeadId? Lead,
    ChannelAddress? Address,
    bool IsOptOut,
    string Channel,
    string Source,
    DateTimeOffset At);

/// <summary>Acts on changes of consent in the transaction that stores them, such as the withdrawal of what is queued for the person.</summary>
internal interface IConsentListener
{
    Task OnChangedAsync(UnitOfWork work, ConsentChange change, CancellationToken cancellationToken);
}
