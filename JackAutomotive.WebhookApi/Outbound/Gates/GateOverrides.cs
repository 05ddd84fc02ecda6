namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>
/// The gates that a caller may pass. Consent and everything else that protects the lead cannot be passed.
/// </summary>
/// <param name="PassCaps">Whether the caps and spacings are passed, as for the next attempt at a text that has been counted already.</param>
internal sealed record GateOverrides(bool PassCaps = false)
{
    /// <summary>Every gate counts.</summary>
    public static readonly GateOverrides None = new();
}
