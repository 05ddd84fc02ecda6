using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Decides whether a lead may be contacted: reads the facts in one round trip and applies <see cref="GateRules"/>.</summary>
internal sealed class OutboundGates
{
    /// <summary>Decides whether a text or a call may go to an address.</summary>
    /// <param name="createCommand">Creates commands, in the transaction of the caller or outside of one.</param>
    /// <param name="lead">The lead; null if the caller knows only the address, whose lead is then looked up.</param>
    /// <param name="address">The address.</param>
    /// <param name="channel">How the lead is contacted.</param>
    /// <param name="at">The time of the contact.</param>
    /// <param name="overrides">The gates that the caller may pass.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<OutboundDecision> DecideAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId? lead,
        ChannelAddress address,
        OutboundChannel channel,
        DateTimeOffset at,
        GateOverrides overrides,
        CancellationToken cancellationToken) => throw new NotImplementedException();
}
