using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Raises the lead events about the lead itself.</summary>
internal static class LeadEvents
{
    /// <summary>Raises the event that a lead was created.</summary>
    /// <param name="work">The unit of work that creates the lead.</param>
    /// <param name="lead">The new lead.</param>
    /// <param name="phone">The lead's phone number; null if the number is unknown.</param>
    /// <param name="channel">The channel of the first contact: <c>sms</c> or <c>voice</c>.</param>
    /// <param name="at">When the lead was created.</param>
    public static void RaiseCreated(UnitOfWork work, LeadId lead, PhoneNumber? phone, string channel, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.LeadCreated, at, new { Phone = phone?.Value, Channel = channel });
}
