using System.Text.Json.Serialization;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>What one gate says about a text or a call.</summary>
/// <param name="Gate">The name of the gate, one of <see cref="GateNames"/>.</param>
/// <param name="Allowed">Whether the gate is open.</param>
/// <param name="Reason">Why, in words for a person. Contains no phone number.</param>
/// <param name="OpensAt">When a shut gate opens by itself; null if the gate is open, or if it never opens by itself.</param>
internal sealed record GateVerdict(
    string Gate,
    bool Allowed,
    string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? OpensAt = null);

/// <summary>What all gates say about a text or a call. Every gate is listed, also when an earlier one is shut.</summary>
/// <param name="Gates">One verdict for each gate.</param>
/// <param name="Facts">What the gates looked at, which is stored with the decision.</param>
internal sealed record OutboundDecision(IReadOnlyList<GateVerdict> Gates, GateFacts Facts)
{
    /// <summary>The version of the rules, which is stored with the decision.</summary>
    public string Version { get; } = GateRules.Version;

    /// <summary>Whether every gate is open.</summary>
    public bool Allowed => Gates.All(gate => gate.Allowed);

    /// <summary>The first gate that is shut; null if all are open. Gates that never open by themselves come first.</summary>
    public GateVerdict? FirstShut => Gates.FirstOrDefault(gate => !gate.Allowed);

    /// <summary>When all shut gates have opened by themselves; null if all are open, or if one of them never opens by itself.</summary>
    public DateTimeOffset? OpensAt => Gates.All(gate => gate.Allowed || gate.OpensAt is not null) ? Gates.Max(gate => gate.OpensAt) : null;

    /// <summary>
    /// When a job that is ready should ask again: a gate may open at a known time, or at an unknown one, as when a call ends. Null if all gates
    /// are open, or if one of them stays shut until a person acts, so that the job has no purpose.
    /// </summary>
    public DateTimeOffset? HoldUntil =>
        Gates.Where(gate => !gate.Allowed).ToList() is { Count: > 0 } shut && shut.TrueForAll(gate => GateNames.OpensAgain(gate.Gate))
            ? shut.Max(gate => gate.OpensAt ?? Facts.At + GateNames.AskAgainAfter)
            : null;
}
