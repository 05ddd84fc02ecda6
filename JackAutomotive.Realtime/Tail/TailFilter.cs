using JackAutomotive.Contract;

namespace JackAutomotive.Realtime.Tail;

/// <summary>What one client wants of all leads' events.</summary>
/// <param name="Leads">Only these leads'; null for all.</param>
/// <param name="Types">Only these types; null for all.</param>
internal sealed record TailFilter(IReadOnlySet<LeadId>? Leads, IReadOnlySet<string>? Types)
{
    /// <summary>It leaves something out.</summary>
    public bool IsNarrow => Leads is not null || Types is not null;

    /// <summary>Whether an event of this type is wanted.</summary>
    public bool Wants(string type) => Types is null || Types.Contains(type);

    /// <summary>Whether a lead's event of this type is wanted.</summary>
    public bool Wants(LeadId lead, string type) => (Leads is null || Leads.Contains(lead)) && Wants(type);
}
