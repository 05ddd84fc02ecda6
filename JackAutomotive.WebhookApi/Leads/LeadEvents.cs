using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>What is told of leads themselves.</summary>
internal static class LeadEvents
{
    /// <summary>Somebody new.</summary>
    /// <param name="work">The work that created the lead.</param>
    /// <param name="lead">Who.</param>
    /// <param name="phone">The number, if it is known.</param>
    /// <param name="channel"><c>sms</c> or <c>voice</c>.</param>
    /// <param name="at">When.</param>
    public static void RaiseCreated(UnitOfWork work, LeadId lead, PhoneNumber? phone, string channel, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.LeadCreated, at, new { Phone = phone?.Value, Channel = channel });
}
