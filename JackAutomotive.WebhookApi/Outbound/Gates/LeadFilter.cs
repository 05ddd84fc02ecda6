using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Which leads are checked. A criterion that is null holds for every lead.</summary>
internal sealed record LeadFilter
{
    /// <summary>Only these leads.</summary>
    public IReadOnlyList<LeadId>? Leads { get; init; }

    /// <summary>Only leads that were created at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only leads that were created before this time.</summary>
    public DateTimeOffset? CreatedTo { get; init; }

    /// <summary>Only leads older than this one, from the answer of the previous call.</summary>
    public LeadId? After { get; init; }
}
