using JackAutomotive.WebhookApi.Features.Leads;

namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>Who talks to whom.</summary>
/// <param name="Direction">inbound, outbound-api, outbound-dial.</param>
/// <param name="From">As Twilio writes it.</param>
/// <param name="To">As Twilio writes it.</param>
/// <param name="ParentCallSid">The call of which this is a leg.</param>
internal sealed record CallParties(string? Direction, string? From, string? To, string? ParentCallSid)
{
    // What Twilio writes for a caller whose number is withheld: words typed on a telephone's keys. They look like numbers.
    // https://help.twilio.com/articles/223179988
    private static readonly string[] s_withheld =
    [
        "+266696687", // ANONYMOUS
        "+2562533", // BLOCKED
        "+7378742833", // RESTRICTED
        "+737874283", // RESTRICTED, cut short
        "+86282452253", // UNAVAILABLE
        "+8656696", // UNKNOWN
        "+8566696", // UNKNOWN, as Twilio's own list has it
    ];

    /// <summary>Whether this stands for a number that the caller does not show.</summary>
    public static bool IsWithheld(string? number) => s_withheld.Contains(number);

    /// <summary>
    /// Which field holds our number, and what is in it. Null for the legs of a transfer, which show the customer's number or ours.
    /// </summary>
    public (string Field, string? Number) OurSide() => Direction switch
    {
        "inbound" when ParentCallSid is null => ("To", To),
        not null when ParentCallSid is null && Direction.StartsWith("outbound", StringComparison.Ordinal) => ("From", From),
        _ => ("To", null),
    };

    /// <summary>
    /// The customer's number. Null if it is withheld, if it is none, and for the legs of a transfer, which go to our own people.
    /// </summary>
    public PhoneNumber? Customer()
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
