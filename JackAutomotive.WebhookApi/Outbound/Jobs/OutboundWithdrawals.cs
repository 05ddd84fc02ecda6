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
        if (change is { IsOptOut: true, Lead: { } lead })
        {
            string[] kinds = change.Channel switch
            {
                ConsentChannels.Text => [OutboundKinds.Text],
                ConsentChannels.Call => [OutboundKinds.Call],
                _ => [OutboundKinds.Text, OutboundKinds.Call],
            };
            await jobs.WithdrawOfLeadAsync(work, lead, kinds, "The lead has asked that contact ends.", GateNames.OptedOut, cancellationToken);
        }
    }
}
