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

    /// <summary>Whether the value stands for a withheld number.</summary>
    public static bool IsWithheld(string? number) => s_withheld.Contains(number);

    /// <summary>
    /// Returns the field that holds our number, and the number. The number is null for a leg of a transfer, because such a leg may show
    /// either the customer's number or ours.
    /// </summary>
    public (string Field, string? Number) FindOurNumber() => Direction switch
    {
        "inbound" when ParentCallSid is null => ("To", To),
        not null when ParentCallSid is null && Direction.StartsWith("outbound", StringComparison.Ordinal) => ("From", From),
        _ => ("To", null),
    };

    /// <summary>
    /// Returns the customer's phone number. Returns null if the number is withheld or is not a phone number, and for a leg of a transfer,
    /// which goes to our own staff.
    /// </summary>
    public PhoneNumber? FindCustomerPhone()
    {
        var number = Direction switch
        {
            "inbound" => From,
            not null when ParentCallSid is null && Direction.StartsWith("outbound", StringComparison.Ordinal) => To,
            _ => null,
        };
        return !IsWithheld(number) && PhoneNumber.TryParseE164(number, out var phone) ? phone : null;
    }
}
