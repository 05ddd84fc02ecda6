using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>Understands lengths of time: <c>two and a half years</c>, <c>18 mos</c>, <c>since 2019</c>, <c>just started</c>.</summary>
internal static partial class Durations
{
    private const int MaxMonths = 75 * 12;
    private const int MaxLength = 300;

    /// <summary>Returns whole months. A time such as "since 2019" is counted up to the day on which it was said.</summary>
    public static Parsed Parse(string text, DateOnly saidOn)
    {
        if (text.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        var words = WriteYears(text.ToLowerInvariant());
        if (Since().Match(words) is { Success: true } since)
        {
            return ParseSince(since, saidOn);
        }

        var (months, isKnown) = (0m, false);
        foreach (var number in NumberWords.FindAll(words))
        {
            var unit = Unit().Match(words[number.End..]);
            if (!unit.Success)
            {
                continue;
            }

            months += InMonths(number.Value, unit.Groups["unit"].Value);
            isKnown = true;
            if (AndAHalf().IsMatch(words[(number.End + unit.Length)..]))
            {
                months += InMonths(0.5m, unit.Groups["unit"].Value);
            }
        }

        if (!isKnown && SingleUnit().Match(words) is { Success: true } single)
        {
            // "a year", "a year and a half", "a couple of months" is a number already.
            months = InMonths(AndAHalf().IsMatch(words[(single.Index + single.Length)..]) ? 1.5m : 1, single.Groups["unit"].Value);
            isKnown = true;
        }

        if (!isKnown && JustStarted().IsMatch(words))
        {
            return Parsed.Of(new DurationValue(0));
        }

        if (!isKnown && NumberWords.FindAll(words) is [var bare] && BareNumber().IsMatch(words))
        {
            return Check(bare.Value * 12, "The number is taken for years.");
        }

        return isKnown ? Check(months, null) : Parsed.Unclear("The words name no length of time.");
    }

    // "since twenty nineteen" becomes "since 2019".
    private static string WriteYears(string words)
    {
        foreach (var number in Enumerable.Reverse(NumberWords.FindAll(words)))
        {
            if (number is { HasScale: false, Value: >= 1950 and < 2100 })
            {
                words = string.Create(CultureInfo.InvariantCulture, $"{words[..number.Start]}{number.Value:0}{words[number.End..]}");
            }
        }

        return words;
    }

    private static Parsed Check(decimal months, string? assumption) => months is < 0 or > MaxMonths
        ? Parsed.Unclear("The length of time is not possible.")
        : Parsed.Of(new DurationValue((int)decimal.Floor(months)), assumption);

    private static Parsed ParseSince(Match since, DateOnly saidOn)
    {
        if (since.Groups["last"].Success)
        {
            return since.Groups["last"].Value.EndsWith("year", StringComparison.Ordinal)
                ? Parsed.Of(new DurationValue(12), "\"Last year\" is taken for twelve months ago.")
                : Parsed.Of(new DurationValue(1), "\"Last month\" is taken for one month ago.");
        }

        var month = since.Groups["month"].Success ? MonthNames.Find(since.Groups["month"].Value) : null;
        if (!since.Groups["year"].Success)
        {
            // "since March": the last March that has begun.
            var year = month <= saidOn.Month ? saidOn.Year : saidOn.Year - 1;
            return Between(year, month!.Value, saidOn, string.Create(CultureInfo.InvariantCulture, $"The month is taken for that of {year}."));
        }

        var named = int.Parse(since.Groups["year"].Value, CultureInfo.InvariantCulture);
        named += named < 100 ? (named <= saidOn.Year % 100 ? 2000 : 1900) : 0;
        return month is { } known
            ? Between(named, known, saidOn, null)
            : Between(named, named == saidOn.Year ? 1 : 7, saidOn, "The middle of that year is taken for the beginning.");
    }

    private static Parsed Between(int year, int month, DateOnly saidOn, string? assumption)
    {
        var months = ((saidOn.Year - year) * 12) + saidOn.Month - month;
        return months is < 0 or > MaxMonths
            ? Parsed.Unclear("The time is in the future or too long ago.")
            : Parsed.Of(new DurationValue(months), year == saidOn.Year && month == 1 ? null : assumption);
    }

    private static decimal InMonths(decimal number, string unit) => unit[0] switch
    {
        'y' => number * 12,
        'm' => number,
        'w' => number * 12 / 52,
        _ => number * 12 / 365,
    };

    [GeneratedRegex(
        @"\b(since|from|started ([a-z]+ ){0,2}in)\s+(about |around |early |late |mid |the (beginning|middle|end) of )?"
        + @"((?<last>last (year|month))"
        + @"|(last )?(?<month>(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)(\.?,?\s*(of\s+)?'?(?<year>(19|20)\d\d|\d\d)\b)?"
        + @"|'?(?<year>(19|20)\d\d)\b|'(?<year>\d\d)\b)")]
    private static partial Regex Since();

    [GeneratedRegex(@"^\s*(\+|plus|or so|something)?\s*(an?\s+)?(?<unit>years?|yrs?|y\b|months?|mos?\b|weeks?|wks?|days?)\b")]
    private static partial Regex Unit();

    [GeneratedRegex(@"\b(a|an|one|about a|over a)\s+(full |whole |solid )?(?<unit>year|yr|month|week)\b|\b(?<unit>months?|weeks?|days)\b")]
    private static partial Regex SingleUnit();

    [GeneratedRegex(@"^\s*and a half\b")]
    private static partial Regex AndAHalf();

    [GeneratedRegex(@"\b(just (started|began|got hired)|brand new|new job|first day|this week|today|start (on|next|this))\b")]
    private static partial Regex JustStarted();

    [GeneratedRegex(@"^\W*(about|around|over|almost|nearly|maybe|like|going on|more than)?\s*[\w.\-/ ]{1,30}\+?\W*$")]
    private static partial Regex BareNumber();
}
