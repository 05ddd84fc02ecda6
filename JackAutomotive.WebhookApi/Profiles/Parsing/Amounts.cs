using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>
/// Understands amounts of money: <c>$3,200 a month</c>, <c>3.2k</c>, <c>about 38 an hour</c>, <c>350 to 400</c>. Recurring amounts become
/// monthly amounts, and the result names every assumption of the conversion.
/// </summary>
internal static partial class Amounts
{
    private const decimal MaxDollars = 10_000_000;
    private const int MaxLength = 300;
    private const decimal WeeksPerMonth = 52m / 12;

    private enum Period
    {
        None,
        Hour,
        Day,
        Week,
        TwoWeeks,
        HalfMonth,
        Month,
        Year,
    }

    /// <summary>Understands an income. Without a period, a small amount is taken for hourly pay and a large amount for yearly pay.</summary>
    public static Parsed ParseIncome(string text) => Parse(text, isRecurring: true, isIncome: true);

    /// <summary>Understands a monthly payment, such as a rent or a budget.</summary>
    public static Parsed ParseMonthly(string text) => Parse(text, isRecurring: true, isIncome: false);

    /// <summary>Understands an amount that is paid once.</summary>
    public static Parsed ParseOnce(string text) => Parse(text, isRecurring: false, isIncome: false);

    private static Parsed Parse(string text, bool isRecurring, bool isIncome)
    {
        if (text.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        var words = text.ToLowerInvariant();
        if (NegativeAmount().IsMatch(words))
        {
            return Parsed.Unclear("The amount is negative.");
        }

        var hoursPerWeek = HoursPerWeek(words);
        var numbers = NumberWords.FindAll(words).Where(number => !CountsSomethingElse(words, number)).ToList();
        if (numbers.Count == 0)
        {
            return Nothing().IsMatch(words) && !DoesNotKnow().IsMatch(words)
                ? Parsed.Of(new MoneyValue(0))
                : Parsed.Unclear("The words name no amount.");
        }

        var assumptions = new List<string>();
        if (Combine(words, numbers, assumptions) is not { } amount)
        {
            return Parsed.Unclear("The words name several amounts.");
        }

        if (isRecurring)
        {
            amount = PerMonth(amount, FindPeriod(words, numbers[0]), hoursPerWeek, isIncome, assumptions);
        }

        return amount is < 0 or > MaxDollars
            ? Parsed.Unclear("The amount is not possible.")
            : Parsed.Of(new MoneyValue(decimal.Round(amount, 2)), assumptions.Count > 0 ? string.Join(' ', assumptions) : null);
    }

    // One amount, a range (its middle), or a sum. Null: several amounts without a relation.
    private static decimal? Combine(string words, List<SpokenNumber> numbers, List<string> assumptions)
    {
        if (numbers.Count == 1)
        {
            if (Limit().Match(words[..numbers[0].Start]) is { Success: true })
            {
                assumptions.Add("The amount is a limit.");
            }

            return numbers[0].Value;
        }

        var between = words[numbers[0].End..numbers[1].Start];
        if (RangeWord().IsMatch(between) && numbers.Count == 2)
        {
            var (low, high) = (numbers[0].Value, numbers[1].Value);

            // "3 to 4 thousand", "three to four hundred"
            foreach (var scale in new[] { 1000, 100 })
            {
                if (low < 100 && !numbers[0].HasScale && numbers[1].HasScale && high >= scale && low * scale <= high)
                {
                    low *= scale;
                    break;
                }
            }

            if (low <= high)
            {
                assumptions.Add(string.Create(
                    CultureInfo.InvariantCulture, $"The amount is the middle of {Dollars(low)} and {Dollars(high)}."));
                return (low + high) / 2;
            }
        }

        if (numbers.Zip(numbers.Skip(1)).All(pair => PlusWord().IsMatch(words[pair.First.End..pair.Second.Start])))
        {
            assumptions.Add("The amount is the sum of the amounts named.");
            return numbers.Sum(number => number.Value);
        }

        // "$3,200, I think, so 38 an hour": one amount with a dollar sign or a period wins over bare numbers.
        var marked = numbers.Where(number => number.HasDollarSign).ToList();
        return marked.Count == 1 ? marked[0].Value : null;
    }

    private static decimal PerMonth(decimal amount, Period period, decimal? hoursPerWeek, bool isIncome, List<string> assumptions)
    {
        if (period == Period.None && isIncome)
        {
            period = amount switch
            {
                >= 7 and <= 150 => Period.Hour,
                > 12_000 => Period.Year,
                _ => Period.Month,
            };
            if (period != Period.Month)
            {
                assumptions.Add(period == Period.Hour ? "The amount is taken for an hourly wage." : "The amount is taken for a yearly income.");
            }
        }

        if (period == Period.Month && isIncome && amount is > 0 and < 20)
        {
            assumptions.Add("The amount is taken for thousands.");
            return amount * 1000;
        }

        switch (period)
        {
            case Period.Hour:
                assumptions.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{hoursPerWeek ?? 40:0.#} hours a week{(hoursPerWeek is null ? " are assumed" : "")}, 52 weeks a year."));
                return amount * (hoursPerWeek ?? 40) * WeeksPerMonth;
            case Period.Day:
                assumptions.Add("5 days a week are assumed, 52 weeks a year.");
                return amount * 5 * WeeksPerMonth;
            case Period.Week:
                assumptions.Add("52 weeks a year.");
                return amount * WeeksPerMonth;
            case Period.TwoWeeks:
                assumptions.Add("26 payments a year.");
                return amount * 26 / 12;
            case Period.HalfMonth:
                return amount * 2;
            case Period.Year:
                assumptions.Add("The twelfth part of a yearly amount.");
                return amount / 12;
            default:
                return amount;
        }
    }

    private static Period FindPeriod(string words, SpokenNumber number)
    {
        // The period that follows the number is meant; "every month I get about 3200" has it before the number.
        var rest = words[number.End..];
        var found = PeriodWord().Match(rest) is { Success: true } after ? after : PeriodWord().Match(words);
        return found switch
        {
            { Success: false } => Period.None,
            _ when found.Groups["hour"].Success => Period.Hour,
            _ when found.Groups["day"].Success => Period.Day,
            _ when found.Groups["twoweeks"].Success => Period.TwoWeeks,
            _ when found.Groups["half"].Success => Period.HalfMonth,
            _ when found.Groups["week"].Success => Period.Week,
            _ when found.Groups["year"].Success => Period.Year,
            _ => Period.Month,
        };
    }

    private static decimal? HoursPerWeek(string words) =>
        HoursWord().Match(words) is { Success: true } match
        && NumberWords.FindAll(match.Groups["hours"].Value) is [.., { Value: > 0 and <= 100 } hours]
            ? hours.Value
            : null;

    // "40 hours a week", "24 months", "20 percent", "2 jobs", "every 2 weeks", "2 times a month"
    private static bool CountsSomethingElse(string words, SpokenNumber number) =>
        CountedThing().IsMatch(words[number.End..]) || (number.Value == 2 && EveryWord().IsMatch(words[..number.Start]));

    private static string Dollars(decimal amount) => amount.ToString("$#,0.##", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\w\d])-\s?\$?\d|\$\s?-\d|\b(negative|minus) \d")]
    private static partial Regex NegativeAmount();

    [GeneratedRegex(
        @"\b(nothing|none|zero|free|no (money|rent|payment|mortgage|income|down ?payment|cash)|paid off|don'?t pay|do not pay"
        + @"|i have no|nada)\b")]
    private static partial Regex Nothing();

    [GeneratedRegex(@"\b(not sure|don'?t know|do not know|unknown|no idea|depends|varies)\b")]
    private static partial Regex DoesNotKnow();

    [GeneratedRegex(
        @"\b(under|below|less than|up to|no more than|not more than|at most|max(imum)?( of)?|over|above|more than"
        + @"|at least)\s*\$?\s*$")]
    private static partial Regex Limit();

    [GeneratedRegex(@"^\s*(to|-|–|—|or|and|through|or maybe|maybe|up to)\s*(about|around|maybe)?\s*\$?\s*$")]
    private static partial Regex RangeWord();

    [GeneratedRegex(@"\b(plus|and another|and then another)\b|\+")]
    private static partial Regex PlusWord();

    [GeneratedRegex(
        @"(?<hour>\b(an|per|a|each|every|the) hours?\b|\bhourly\b|/\s?(hr|hour)\b|\bhr\b)"
        + @"|(?<day>\b(a|per|each|every) day\b|\bdaily\b|/\s?day\b)"
        + @"|(?<twoweeks>\b(every|each) (two|2|other|second) (weeks?|wks?)\b|\bbi-?\s?weekly\b|\bfortnight)"
        + @"|(?<half>\b(twice|two times|2 times|2x) (a|per|every|each) month\b|\bsemi-?\s?monthly\b)"
        + @"|(?<week>\b(a|per|each|every) (week|wk)\b|\bweekly\b|/\s?(wk|week)\b)"
        + @"|(?<year>\b(a|per|each|every) (year|yr)\b|\byearly\b|\bannual(ly)?\b|/\s?(yr|year)\b|\bper annum\b)"
        + @"|(?<month>\b(a|per|each|every|the) (month|mo)\b|\bmonthly\b|/\s?(mo|month)\b)")]
    private static partial Regex PeriodWord();

    [GeneratedRegex(@"(?<hours>[\w.\- ]{1,20}?)\s*(hours?|hrs?)\s*(a|per|each|every|/)\s*(week|wk)\b")]
    private static partial Regex HoursWord();

    [GeneratedRegex(@"^\s*(hours?|hrs?|%|percent|months?\b(?! ly)|years?\b|days?\b|jobs?\b|people\b|kids?\b|weeks?\b|times\b)")]
    private static partial Regex CountedThing();

    [GeneratedRegex(@"\b(every|each)\s*$")]
    private static partial Regex EveryWord();
}
