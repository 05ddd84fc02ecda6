using System.Diagnostics.CodeAnalysis;
using PhoneNumbers;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>A phone number in E.164 form, for example <c>+12025550123</c>.</summary>
internal readonly record struct PhoneNumber
{
    // The region of a number without a country code.
    private const string HomeRegion = "US";

    private PhoneNumber(string value) => Value = value;

    /// <summary>The E.164 form. Do not log this value, because it is personal data.</summary>
    public string Value { get; }

    /// <summary>Parses a number in any usual spelling. A number without a country code is a US number.</summary>
    /// <returns>False for short codes, names, withheld numbers, channel addresses and everything else that cannot be dialled.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsAsciiLetter))
        {
            return false;
        }

        try
        {
            var library = PhoneNumberUtil.GetInstance();
            var parsed = library.Parse(text, HomeRegion);

            // A possible number is enough, because new number ranges come into use before the library's tables of valid numbers contain them.
            if (!library.IsPossibleNumber(parsed))
            {
                return false;
            }

            number = new PhoneNumber(library.Format(parsed, PhoneNumberFormat.E164));
            return true;
        }
        catch (NumberParseException)
        {
            return false;
        }
    }

    /// <summary>Parses a number that must be in E.164 form: a plus sign, then digits.</summary>
    public static bool TryParseE164([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        return text is ['+', _, ..] && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0 && TryParse(text, out number);
    }

    /// <summary>Returns the last two digits only, so that a number in a log or a message does not identify a person.</summary>
    public override string ToString() => Value is null ? "" : $"+…{Value[^2..]}";
}
