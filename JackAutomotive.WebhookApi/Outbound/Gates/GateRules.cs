namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Decides from facts whether a lead may be contacted. Pure.</summary>
internal static class GateRules
{
    /// <summary>The version of the rules. Raise it with every change that can change a decision.</summary>
    public const string Version = "1";
}
