using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>The two sides of a telephone call.</summary>
/// <param name="Direction">inbound, outbound-api or outbound-dial.</param>
/// <param name="From">The calling number in Twilio's spelling.</param>
/// <param name="To">The called number in Twilio's spelling.</param>
/// <param name="ParentCallSid">The CallSid of the parent call, if this call is a leg of it.</param>
internal sealed record CallParties(string? Direction, string? From, string? To, string? ParentCallSid)
{
    // A leg of a call goes to our own staff: it has a parent, or the verb Dial created it.
    private bool IsLeg => ParentCallSid is not null || Direction == "outbound-dial";

    private bool IsCallFromLead => !IsLeg && Direction == "inbound";

    private bool IsCallToLead => !IsLeg && Direction?.StartsWith("outbound", StringComparison.Ordinal) == true;

    /// <summary>
    /// Returns our number and the name of its field. The number is null for a leg of a transfer, because such a leg may show either the
    /// lead's number or ours.
    /// </summary>
    public (string Field, string? Number) FindOurNumber() => this switch
    {
        { IsCallFromLead: true } => ("To", To),
        { IsCallToLead: true } => ("From", From),
        _ => ("To", null),
    };

    /// <summary>
    /// Returns the lead's address. Returns null if the caller is hidden or the number cannot be dialled, and for a leg of a call: the other
    /// legs of the call identify its lead.
    /// </summary>
    public ChannelAddress? FindLeadAddress()
    {
        var text = IsCallFromLead ? From : IsCallToLead ? To : null;
        return ChannelAddress.TryParse(text, out var address) ? address : null;
    }
}
