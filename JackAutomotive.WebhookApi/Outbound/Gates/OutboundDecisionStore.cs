using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Stores the decisions about texts and calls, each with the rules' version and the facts. The caps count the sends among them.</summary>
internal sealed class OutboundDecisionStore
{
    /// <summary>Stores a decision in the transaction that acts on it.</summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="job">The job that the decision is about; null if it was refused before it became a job.</param>
    /// <param name="isSend">Whether the text or call goes out now, if the decision allows it. Only such decisions count for the caps.</param>
    /// <param name="lead">The lead.</param>
    /// <param name="address">The address.</param>
    /// <param name="channel">How the lead is contacted.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    public Task AddAsync(
        UnitOfWork work,
        Guid? job,
        bool isSend,
        LeadId? lead,
        ChannelAddress address,
        OutboundChannel channel,
        OutboundDecision decision,
        CancellationToken cancellationToken) => throw new NotImplementedException();
}
