using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>The two sides of a telephone call.</summary>
/// <param name="Direction">inbound, outbound-api or outbound-dial.</param>
/// <param name="From">The calling number in Twilio's spelling.</param>
/// <param name="To">The called number in Twilio's spelling.</param>
/// <param name="ParentCallSid">The CallSid of the parent call, if this call is a leg of it.</param>
internal sealed record CallParties(string? Direction, string? From, string? To, string? ParentCallSid)
{
    // Twilio sends these values for a caller who withholds the number. Each value spells a word on a telephone keypad and looks like a number.
    // https://help.twilio.com/articles/223179988
    private static readonly string[] s_withheld =
    [
        "+266696687", // ANONYMOUS
        "+2562533", // BLOCKED
        "+7378742833", // RESTRICTED
        "+737874283", // RESTRICTED, truncated
        "+86282452253", // UNAVAILABLE
        "+8656696", // UNKNOWN
        "+8566696", // UNKNOWN, as written in Twilio's own list
    ];

    // An outbound call with a parent is a leg of a transfer and goes to our own staff.
    private bool IsCallToLead => ParentCallSid is null && Direction?.StartsWith("outbound", StringComparison.Ordinal) == true;

    /// <summary>Whether the value is a placeholder for a withheld number.</summary>
    public static bool IsWithheld(string? number) => s_withheld.Contains(number);

    /// <summary>
    /// Returns our number and the name of its field. The number is null for a leg of a transfer, because such a leg may show either the
    /// lead's number or ours.
    /// </summary>
    public (string Field, string? Number) FindOurNumber() => Direction switch
    {
        "inbound" when ParentCallSid is null => ("To", To),
        _ when IsCallToLead => ("From", From),
        _ => ("To", null),
    };

    /// <summary>
    /// Returns the lead's phone number. Returns null if the number is withheld or is not a phone number, and for an outbound leg of a
    /// transfer.
    /// </summary>
    public PhoneNumber? FindLeadPhone()
    {
        var number = Direction switch
        {
            "inbound" => From,
            _ when IsCallToLead => To,
            _ => null,
        };
        return !IsWithheld(number) && PhoneNumber.TryParseE164(number, out var phone) ? phone : null;
    }
}
