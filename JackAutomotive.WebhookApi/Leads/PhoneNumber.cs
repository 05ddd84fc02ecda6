using System.Diagnostics.CodeAnalysis;
using PhoneNumbers;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>A telephone number that can be dialled from anywhere, in E.164: <c>+12025550123</c>.</summary>
internal readonly record struct PhoneNumber
{
    // Where a number without a country code is taken to be from.
    private const string HomeRegion = "US";

    private PhoneNumber(string value) => Value = value;

    /// <summary>The E.164 form. Not for logs.</summary>
    public string Value { get; }

    /// <summary>Reads a number as people and providers write it; without a country code it is an American one.</summary>
    /// <returns>False for short codes, names, withheld numbers, channel addresses and whatever else cannot be dialled.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsAsciiLetter))
        {
            return false;
        }

        try
        {
            var numbers = PhoneNumberUtil.GetInstance();
            var parsed = numbers.Parse(text, HomeRegion);

            // "Possible", not "valid": new ranges come into use before the library's tables know them.
            if (!numbers.IsPossibleNumber(parsed))
            {
                return false;
            }

            number = new PhoneNumber(numbers.Format(parsed, PhoneNumberFormat.E164));
            return true;
        }
        catch (NumberParseException)
        {
            return false;
        }
    }

    /// <summary>Reads a number that claims to be E.164 already: a plus sign, then digits.</summary>
    public static bool TryParseE164([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        return text is ['+', _, ..] && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0 && TryParse(text, out number);
    }

    /// <summary>The last two digits only, so that a number that gets into a log or a message gives nobody away.</summary>
    public override string ToString() => Value is null ? "" : $"+…{Value[^2..]}";
}
