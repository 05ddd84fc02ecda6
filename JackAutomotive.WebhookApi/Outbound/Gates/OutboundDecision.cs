namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>What one gate says about a text or a call.</summary>
/// <param name="Gate">The name of the gate, one of <see cref="GateNames"/>.</param>
/// <param name="Allowed">Whether the gate is open.</param>
/// <param name="Reason">Why, in words for a person. Contains no full phone number.</param>
/// <param name="OpensAt">When a shut gate opens by itself; null if the gate is open, or if it never opens by itself.</param>
internal sealed record GateVerdict(string Gate, bool Allowed, string Reason, DateTimeOffset? OpensAt = null);

/// <summary>What all gates say about a text or a call. Every gate is listed, also when an earlier one is shut.</summary>
internal sealed record OutboundDecision(IReadOnlyList<GateVerdict> Gates)
{
    /// <summary>The version of the rules, which is stored with each decision.</summary>
    public string Version => GateRules.Version;

    /// <summary>Whether every gate is open.</summary>
    public bool Allowed => Gates.All(gate => gate.Allowed);

    /// <summary>The first gate that is shut, in the order of their weight; null if all are open.</summary>
    public GateVerdict? FirstShut => Gates.FirstOrDefault(gate => !gate.Allowed);

    /// <summary>When all shut gates have opened by themselves; null if all are open, or if one of them never opens by itself.</summary>
    public DateTimeOffset? OpensAt => Gates.All(gate => gate.Allowed || gate.OpensAt is not null) ? Gates.Max(gate => gate.OpensAt) : null;
}
