namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>The names of the gates, in the order in which they are listed: those that never open by themselves come first.</summary>
internal static class GateNames
{
    public const string SwitchedOff = "switched_off";
    public const string NoAddress = "no_number";
    public const string HiddenCaller = "hidden_caller";
    public const string NotAnswerable = "not_answerable";
    public const string Channel = "channel";
    public const string OptedOut = "opted_out";
    public const string DoNotContact = "do_not_contact";
    public const string Undeliverable = "undeliverable";
    public const string LiveCall = "live_call";
    public const string QuietHours = "quiet_hours";
    public const string LeadCap = "lead_cap";
    public const string Spacing = "spacing";

    /// <summary>How long to wait for a gate that opens at an unknown time.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(2);

    /// <summary>Whether a shut gate opens again without anybody changing what is known of the person.</summary>
    public static bool OpensAgain(string gate) => gate is SwitchedOff or LiveCall or QuietHours or LeadCap or Spacing;
}
