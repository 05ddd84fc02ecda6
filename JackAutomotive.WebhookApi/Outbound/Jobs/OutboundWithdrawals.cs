using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Outbound.Gates;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>Withdraws what is queued for a person in the transaction that stores the person's opt-out.</summary>
internal sealed class OutboundWithdrawals(OutboundJobStore jobs) : IConsentListener
{
    /// <inheritdoc/>
    public async Task OnChangedAsync(UnitOfWork work, ConsentChange change, CancellationToken cancellationToken)
    {
        string[] kinds = [.. change.MayText ? [] : new[] { OutboundKinds.Text }, .. change.MayCall ? [] : new[] { OutboundKinds.Call }];
        if (change.Lead is { } lead && kinds.Length > 0)
        {
            await jobs.WithdrawOfLeadAsync(work, lead, kinds, "The lead has asked that contact ends.", GateNames.OptedOut, cancellationToken);
        }
    }
}
