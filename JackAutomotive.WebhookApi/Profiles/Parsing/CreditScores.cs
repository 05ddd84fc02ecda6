using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>
/// Understands credit scores: <c>around 620</c>, <c>high five hundreds</c>, <c>580 to 600</c>, <c>mid six hundreds</c>, <c>pretty good</c>.
/// </summary>
internal static partial class CreditScores
{
    private const int MaxLength = 300;
    private const int Around = 10;

    // The bands of FICO.
    private static readonly (Regex Word, int Min, int Max)[] s_bands =
    [
        (Excellent(), 800, 850), (VeryGood(), 740, 799), (NotGood(), 300, 669), (Good(), 670, 739), (Fair(), 580, 669), (Poor(), 300, 579),
    ];

    public static Parsed Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        var words = text.ToLowerInvariant();
        if (HundredsRange().Match(words) is { Success: true } range && ReadHundred(range.Groups["hundred"].Value) is { } hundred)
        {
            return Range(hundred + Offset(range.Groups["low"].Value).From, hundred + Offset(range.Groups["high"].Value).To);
        }

        if (Hundreds().Match(words) is { Success: true } part && ReadHundred(part.Groups["hundred"].Value) is { } start)
        {
            var (from, to) = Offset(part.Groups["part"].Value);
            return Range(start + from, start + to);
        }

        var scores = NumberWords.FindAll(words).Where(number => number.Value is >= 300 and <= 850 && number.Value == decimal.Truncate(number.Value))
            .ToList();
        switch (scores)
        {
            case [var low, var high] when low.Value <= high.Value && Between().IsMatch(words[low.End..high.Start]):
                return Range((int)low.Value, (int)high.Value);
            case [var only]:
                return FromOne(words, only);
            case { Count: > 1 }:
                return Parsed.Unclear("The words name several scores.");
        }

        if (NumberWords.FindAll(words).Exists(number => number.Value >= 100))
        {
            return Parsed.Unclear($"A score is from {CreditScoreValue.Lowest} to {CreditScoreValue.Highest}.");
        }

        if (NoCredit().IsMatch(words))
        {
            return Parsed.Unclear("The lead has no credit history or does not know the score.");
        }

        foreach (var (word, min, max) in s_bands)
        {
            if (word.IsMatch(words))
            {
                return Parsed.Of(new CreditScoreValue(min, max), "The word is taken for a band of FICO scores.");
            }
        }

        return Parsed.Unclear("The words name no score.");
    }

    private static Parsed FromOne(string words, SpokenNumber number)
    {
        var score = (int)number.Value;
        var (before, after) = (words[..number.Start], words[number.End..]);
        return true switch
        {
            _ when Under().IsMatch(before) => Range(CreditScoreValue.Lowest, score - 1),
            _ when Over().IsMatch(before) || OverAfter().IsMatch(after) => Range(score, CreditScoreValue.Highest),
            _ when About().IsMatch(before) || AboutAfter().IsMatch(after) => Range(score - Around, score + Around),
            _ => Range(score, score),
        };
    }

    private static Parsed Range(int min, int max) => Parsed.Of(new CreditScoreValue(
        Math.Clamp(min, CreditScoreValue.Lowest, CreditScoreValue.Highest), Math.Clamp(max, CreditScoreValue.Lowest, CreditScoreValue.Highest)));

    private static int? ReadHundred(string word) => word[0] switch
    {
        '3' => 300,
        '4' => 400,
        '5' => 500,
        '6' => 600,
        '7' => 700,
        '8' => 800,
        't' => 300,
        'f' => word.StartsWith("fo", StringComparison.Ordinal) ? 400 : 500,
        's' => word.StartsWith("si", StringComparison.Ordinal) ? 600 : 700,
        'e' => 800,
        _ => null,
    };

    private static (int From, int To) Offset(string part) => part switch
    {
        "low" or "lower" => (0, 39),
        "mid" or "middle" or "mid to" => (40, 69),
        "high" or "upper" => (70, 99),
        _ => (0, 99),
    };

    [GeneratedRegex(
        @"\b(?<low>low|lower|mid|middle)(\s|-)+(to|or)(\s|-)+(?<high>mid|middle|high|upper)(\s|-)*(?<hundred>[3-8]00'?s"
        + @"|(three|four|five|six|seven|eight)[\s-]+hundreds?)")]
    private static partial Regex HundredsRange();

    [GeneratedRegex(
        @"\b(?<part>low|lower|mid|middle|high|upper)(\s|-)*(of\s+)?(the\s+)?(?<hundred>[3-8]00('?s)?|(three|four|five|six"
        + @"|seven|eight)[\s-]+hundreds?)|\b(?<hundred>[3-8]00'?s|(three|four|five|six|seven|eight)[\s-]+hundreds)\b")]
    private static partial Regex Hundreds();

    [GeneratedRegex(@"^\s*(to|-|–|—|and|or|or maybe|maybe)\s*$")]
    private static partial Regex Between();

    [GeneratedRegex(@"\b(under|below|less than|not even|lower than)\s*(a\s*)?$")]
    private static partial Regex Under();

    [GeneratedRegex(@"\b(over|above|more than|at least|higher than|better than)\s*(a\s*)?$")]
    private static partial Regex Over();

    [GeneratedRegex(@"^\s*(\+|plus|or (better|higher|above)|and (up|above))")]
    private static partial Regex OverAfter();

    [GeneratedRegex(
        @"\b(about|around|roughly|approximately|maybe|like|somewhere (around|near)|near|close to|probably|i think"
        + @"|almost)\s*(a\s*)?$|~\s*$")]
    private static partial Regex About();

    [GeneratedRegex(@"^\s*(ish|-ish|or so|or something|something|i think|maybe|give or take)")]
    private static partial Regex AboutAfter();

    [GeneratedRegex(
        @"\b(no credit|don'?t (have|know)|do not (have|know)|not sure|unknown|never (had|checked)|no idea"
        + @"|no (credit )?history)\b")]
    private static partial Regex NoCredit();

    [GeneratedRegex(@"\b(excellent|exceptional|perfect|outstanding|amazing)\b")]
    private static partial Regex Excellent();

    [GeneratedRegex(@"\b(very|really) good\b|\bgreat\b(?<!\bnot (so |that )?great)")]
    private static partial Regex VeryGood();

    [GeneratedRegex(@"\b(not|isn'?t|ain'?t) (so |that |very |too |really )?(good|great|the best|perfect)\b")]
    private static partial Regex NotGood();

    [GeneratedRegex(@"\b(good|decent|solid)\b")]
    private static partial Regex Good();

    [GeneratedRegex(@"\b(fair|average|okay|ok|so-?so)\b")]
    private static partial Regex Fair();

    [GeneratedRegex(@"\b(poor|bad|terrible|awful|horrible|rough|low|shot|damaged|challenged|bankruptcy|repo)\b")]
    private static partial Regex Poor();
}
