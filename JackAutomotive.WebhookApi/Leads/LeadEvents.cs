using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Raises the lead events about the lead itself.</summary>
internal static class LeadEvents
{
    /// <summary>Raises the event that a lead was created.</summary>
    /// <param name="work">The unit of work that creates the lead.</param>
    /// <param name="lead">The new lead.</param>
    /// <param name="address">The lead's address; null if it is unknown.</param>
    /// <param name="isClaimed">Whether the lead only said that the address is theirs.</param>
    /// <param name="channel">The channel of the first contact: sms, voice, whatsapp and others.</param>
    /// <param name="at">When the lead was created.</param>
    public static void RaiseCreated(
        UnitOfWork work,
        LeadId lead,
        ChannelAddress? address,
        bool isClaimed,
        string channel,
        DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.LeadCreated, at, new
        {
            Phone = address?.Phone?.Value,
            Address = address?.Text,
            IsClaimed = isClaimed,
            Channel = channel,
        });
}
