using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using PhoneNumbers;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>
/// A phone number in E.164 form, for example <c>+12025550123</c>. Where a country writes one mobile number in two ways, both are parsed to
/// the same value.
/// </summary>
internal readonly partial record struct PhoneNumber
{
    // The region of a number without a country code.
    private const string HomeRegion = "US";

    // The shortest number with a country code that is accepted without a plus sign.
    private const int MinInternationalDigits = 11;

    // E.164 allows 15 digits. The rest is room for separators.
    private const int MaxTextLength = 40;

    private PhoneNumber(string value) => Value = value;

    /// <summary>The E.164 form. Do not log this value, because it is personal data.</summary>
    public string Value { get; }

    /// <summary>
    /// Parses a number in any usual spelling. A number without a country code is a US number. A number counts if its country code exists and
    /// its length is possible there: new number ranges come into use before any table of valid numbers contains them.
    /// </summary>
    /// <returns>False for hidden callers, short codes, names, channel addresses and everything else that cannot be dialled.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out PhoneNumber number) => TryParse(text, mustBeValid: false, out number);

    /// <summary>
    /// Parses a number where the text may be something other than a phone number, such as a user's id or a transcribed word. A number of
    /// North America must also have its form, in which the area code and the exchange begin with 2 to 9.
    /// </summary>
    public static bool TryParseLikely([NotNullWhen(true)] string? text, out PhoneNumber number) =>
        TryParse(text, mustBeValid: false, out number)
        && (!number.Value.StartsWith("+1", StringComparison.Ordinal) || NorthAmericanNumber().IsMatch(number.Value));

    /// <summary>Parses a number that must also be valid by the library's tables.</summary>
    public static bool TryParseValid([NotNullWhen(true)] string? text, out PhoneNumber number) => TryParse(text, mustBeValid: true, out number);

    /// <summary>Returns the last two digits only, so that a number in a log or a message does not identify a person.</summary>
    public override string ToString() => Value is null ? "" : $"+…{Value[^2..]}";

    private static bool TryParse([NotNullWhen(true)] string? text, bool mustBeValid, out PhoneNumber number)
    {
        number = default;
        if (text is not { Length: <= MaxTextLength } || HiddenCaller.IsHidden(text) || text.Any(char.IsLetter))
        {
            return false;
        }

        // A number without a plus sign may still have a country code. Only a valid number proves that it has one.
        var digits = string.Concat(text.Where(char.IsDigit));
        var isInternational = text.AsSpan().Trim() is ['+' or '＋', ..];
        return TryRead(text, mustBeValid, out number)
            || (!isInternational && digits.StartsWith("00", StringComparison.Ordinal) && TryRead($"+{digits[2..]}", mustBeValid, out number))
            || (!isInternational && digits.Length >= MinInternationalDigits && TryRead($"+{digits}", mustBeValid: true, out number));
    }

    private static bool TryRead(string text, bool mustBeValid, out PhoneNumber number)
    {
        number = default;
        var library = PhoneNumberUtil.GetInstance();
        try
        {
            var parsed = ToCanonical(library, library.Parse(text, HomeRegion));
            var value = library.Format(parsed, PhoneNumberFormat.E164);
            if (library.IsPossibleNumberWithReason(parsed) != PhoneNumberUtil.ValidationResult.IS_POSSIBLE
                || (mustBeValid && !library.IsValidNumber(parsed))
                || HiddenCaller.IsHidden(value))
            {
                return false;
            }

            number = new PhoneNumber(value);
            return true;
        }
        catch (NumberParseException)
        {
            return false;
        }
    }

    // Parsing the canonical form again yields the same form.
    private static LibraryNumber ToCanonical(PhoneNumberUtil library, LibraryNumber parsed)
    {
        var written = library.GetNationalSignificantNumber(parsed);
        var canonical = parsed.CountryCode switch
        {
            // Mexico: calls to mobiles needed a 1 (from abroad) or 044, 045 or 01 (from inside) until 2019.
            52 => MexicanPrefix().Replace(written, ""),

            // Brazil: all mobiles have had a ninth digit since 2016. WhatsApp still identifies many of them without it.
            55 => BrazilianMobile().Replace(written, "${area}9${number}"),

            // Argentina: from abroad, mobiles have a 9 before the area code. Landlines and mobiles share one range of numbers.
            54 => ArgentineNumber().Replace(written, "9$0"),

            // Benin: all numbers have begun with 01 since 2024.
            229 => BenineseNumber().Replace(written, "01$0"),
            _ => written,
        };
        return canonical == written ? parsed : library.Parse($"+{parsed.CountryCode}{canonical}", HomeRegion);
    }

    [GeneratedRegex(@"^\+1[2-9][0-9]{2}[2-9][0-9]{6}\z")]
    private static partial Regex NorthAmericanNumber();

    [GeneratedRegex(@"^(1|01|044|045)(?=[2-9][0-9]{9}\z)")]
    private static partial Regex MexicanPrefix();

    [GeneratedRegex(@"^(?<area>[1-9][1-9])(?<number>[6-9][0-9]{7})\z")]
    private static partial Regex BrazilianMobile();

    [GeneratedRegex(@"^(11|[23][0-9])[0-9]{8}\z")]
    private static partial Regex ArgentineNumber();

    [GeneratedRegex(@"^[0-9]{8}\z")]
    private static partial Regex BenineseNumber();
}
