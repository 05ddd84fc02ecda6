using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>
/// Understands dates of birth: <c>May 4th 1988</c>, <c>the fourth of May, nineteen eighty-eight</c>, <c>05/04/88</c>, <c>1988-05-04</c>.
/// Numbers are read in the American order, month first.
/// </summary>
internal static partial class BirthDates
{
    private const int MinAge = 14;
    private const int MaxAge = 110;
    private const int MaxLength = 200;

    private static readonly string[] s_ordinals =
    [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
        "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "twenty first", "twenty second",
        "twenty third", "twenty fourth", "twenty fifth", "twenty sixth", "twenty seventh", "twenty eighth", "twenty ninth", "thirtieth",
        "thirty first",
    ];

    /// <summary>Returns the date. A year of two digits is the one that gives a possible age.</summary>
    public static Parsed Parse(string text, DateOnly saidOn)
    {
        if (text.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        var words = ReplaceOrdinals(text.ToLowerInvariant());
        if (Iso().Match(words) is { Success: true } iso)
        {
            return Check(Number(iso, "y"), Number(iso, "m"), Number(iso, "d"), saidOn, null);
        }

        if (Numeric().Match(words) is { Success: true } numeric)
        {
            var (month, day) = (Number(numeric, "m"), Number(numeric, "d"));
            return month > 12 && day <= 12
                ? Check(Number(numeric, "y"), day, month, saidOn, "The day is taken to stand before the month.")
                : Check(Number(numeric, "y"), month, day, saidOn, null);
        }

        if (Digits().Match(words) is { Success: true } digits)
        {
            return Check(Number(digits, "y"), Number(digits, "m"), Number(digits, "d"), saidOn, null);
        }

        return Month().Match(words) is { Success: true } named && MonthNames.Find(named.Value) is { } number
            ? ParseNamed(words, number, saidOn)
            : Parsed.Unclear("The words name no date.");
    }

    private static Parsed ParseNamed(string words, int month, DateOnly saidOn)
    {
        var numbers = NumberWords.FindAll(OrdinalEnding().Replace(words, "$1")).Select(number => number.Value).ToList();
        numbers.RemoveAll(number => number is < 1 or >= 2100 || number != decimal.Truncate(number));
        var day = numbers.Find(number => number <= 31);
        var year = numbers.FindLast(number => number >= 1900);
        if (year == 0 && numbers is [var first, var second, ..] && first == day)
        {
            year = second;
        }

        return day == 0 || year == 0
            ? Parsed.Unclear("The words name no day or no year.")
            : Check((int)year, month, (int)day, saidOn, null);
    }

    private static Parsed Check(int year, int month, int day, DateOnly saidOn, string? assumption)
    {
        if (year < 100)
        {
            year += 2000 + year > saidOn.Year - MinAge ? 1900 : 2000;
        }

        if (month is < 1 or > 12 || year < 1 || year > saidOn.Year || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return Parsed.Unclear("There is no such day.");
        }

        var date = new DateOnly(year, month, day);
        var age = saidOn.Year - year - (saidOn.DayOfYear < date.DayOfYear ? 1 : 0);
        return age is < MinAge or > MaxAge
            ? Parsed.Unclear($"The age would not be from {MinAge} to {MaxAge} years.")
            : Parsed.Of(new DateValue(date), assumption);
    }

    private static string ReplaceOrdinals(string words)
    {
        words = words.Replace("twenty-", "twenty ", StringComparison.Ordinal).Replace("thirty-", "thirty ", StringComparison.Ordinal);
        for (var i = s_ordinals.Length - 1; i >= 0; i--)
        {
            // The longer ones first: "twenty first" before "first".
            words = Regex.Replace(words, $@"\b{s_ordinals[i]}\b", string.Create(CultureInfo.InvariantCulture, $" {i + 1} , "));
        }

        return words;
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\b(?<y>(19|20)\d\d)[-/.](?<m>\d{1,2})[-/.](?<d>\d{1,2})(?!\d)")]
    private static partial Regex Iso();

    [GeneratedRegex(@"\b(?<m>\d{1,2})\s?[-/. ]\s?(?<d>\d{1,2})\s?[-/. ]\s?'?(?<y>(19|20)\d\d|\d\d)\b")]
    private static partial Regex Numeric();

    [GeneratedRegex(@"\b(?<m>\d\d)(?<d>\d\d)(?<y>(19|20)\d\d)\b")]
    private static partial Regex Digits();

    [GeneratedRegex(
        @"\b(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
        + @"|dec(ember)?)\b")]
    private static partial Regex Month();

    [GeneratedRegex(@"(\d)(st|nd|rd|th)\b")]
    private static partial Regex OrdinalEnding();
}
