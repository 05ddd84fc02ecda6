using JackAutomotive.Contracts;

namespace JackAutomotive.Realtime.Tail;

/// <summary>Selects the events that one client receives.</summary>
/// <param name="Leads">The selected leads; null for all leads.</param>
/// <param name="Types">The selected event types; null for all types.</param>
internal sealed record TailFilter(IReadOnlySet<LeadId>? Leads, IReadOnlySet<string>? Types)
{
    /// <summary>True if the filter excludes some events.</summary>
    public bool IsSelective => Leads is not null || Types is not null;

    /// <summary>Returns true if the filter selects events of this type.</summary>
    public bool Wants(string type) => Types is null || Types.Contains(type);

    /// <summary>Returns true if the filter selects events of this type of this lead.</summary>
    public bool Wants(LeadId lead, string type) => (Leads is null || Leads.Contains(lead)) && Wants(type);
}
