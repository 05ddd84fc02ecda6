using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>A number in a text.</summary>
/// <param name="Value">The number.</param>
/// <param name="Start">The index of its first character.</param>
/// <param name="End">The index after its last character.</param>
/// <param name="HasDollarSign">Whether a dollar sign stands before it.</param>
/// <param name="HasScale">Whether it was said with a scale such as hundred, thousand, grand or k.</param>
internal readonly record struct SpokenNumber(decimal Value, int Start, int End, bool HasDollarSign, bool HasScale);

/// <summary>
/// Finds numbers as people write and say them: <c>3,200</c>, <c>3.2k</c>, <c>two grand</c>, <c>thirty-two hundred</c>,
/// <c>twelve fifty</c> (1250), <c>two and a half</c>, <c>2 1/2</c>, <c>a couple thousand</c>.
/// </summary>
internal static partial class NumberWords
{
    // A longer number is no amount that anybody means, and its product with a scale could overflow.
    private const int MaxDigits = 15;
    private const decimal MaxScaled = 1e15m;

    private static readonly string[] s_ones =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] s_tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly Dictionary<string, int> s_small = s_ones.Select((word, i) => (word, Value: i))
        .Concat(s_tens.Select((word, i) => (word, Value: 20 + (10 * i))))
        .Append(("fourty", 40))
        .ToDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, decimal> s_scales = new(StringComparer.Ordinal)
    {
        ["hundred"] = 100,
        ["hundreds"] = 100,
        ["thousand"] = 1000,
        ["thousands"] = 1000,
        ["grand"] = 1000,
        ["k"] = 1000,
        ["million"] = 1_000_000,
    };

    /// <summary>Returns the numbers of a text in their order. Ordinals such as <c>4th</c> are not numbers.</summary>
    public static List<SpokenNumber> FindAll(string text)
    {
        var tokens = Token().Matches(HyphenInWords().Replace(text.ToLowerInvariant(), " "));
        var numbers = new List<SpokenNumber>();
        for (var i = 0; i < tokens.Count;)
        {
            if (TryRead(tokens, i, out var number, out var next))
            {
                numbers.Add(number);
                i = next;
            }
            else
            {
                i++;
            }
        }

        return numbers;
    }

    private static bool TryRead(MatchCollection tokens, int first, out SpokenNumber number, out int next)
    {
        var (i, hasDollar) = tokens[first].Value == "$" ? (first + 1, true) : (first, false);
        var (total, current, hasScale, isEmpty) = (0m, 0m, false, true);
        var lastScale = 1m;
        var end = 0;
        while (i < tokens.Count)
        {
            var word = tokens[i].Value;
            if (IsDigits(word) && isEmpty)
            {
                if (word.Length > MaxDigits || !decimal.TryParse(word.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out current))
                {
                    break;
                }
            }
            else if (IsDigits(word) && current < 100 && Fraction(tokens, i) is { } fraction)
            {
                // "2 1/2"
                current += fraction;
                i += 2;
            }
            else if (s_small.TryGetValue(word, out var small) && Append(current, small, isEmpty) is { } appended)
            {
                current = appended;
            }
            else if (s_scales.TryGetValue(word, out var scale) && (!isEmpty || IsArticle(tokens, i - 1)) && current < MaxScaled)
            {
                hasScale = true;
                lastScale = scale;
                current = (isEmpty ? 1 : current) * scale;
                if (scale > 100)
                {
                    (total, current) = (total + current, 0);
                }
            }
            else if (word == "couple" && isEmpty)
            {
                current = 2;
                i += i + 1 < tokens.Count && tokens[i + 1].Value == "of" ? 1 : 0;
            }
            else if (word == "half" && (isEmpty ? IsFollowedByUnit(tokens, i) : IsAnd(tokens, i)))
            {
                // "two and a half", "a thousand and a half", "half a year"
                current += 0.5m * (current == 0 && total > 0 ? lastScale : 1);
            }
            else if (!isEmpty && word is "and" or "a" && IsContinued(tokens, i, hasScale))
            {
                i++;
                continue;
            }
            else
            {
                break;
            }

            isEmpty = false;
            end = tokens[i].Index + tokens[i].Length;
            i++;
        }

        next = i;
        number = new SpokenNumber(total + current, tokens[first].Index, end, hasDollar, hasScale);
        return !isEmpty;
    }

    // "twenty" + "five" = 25, "three hundred" + "fifty" = 350, "three" + "fifty" = 350, "nineteen" + "eighty" = 1980. Null: a new number begins.
    private static decimal? Append(decimal current, int small, bool isEmpty)
    {
        if (isEmpty)
        {
            return small;
        }

        if (current != decimal.Truncate(current))
        {
            return null;
        }

        return current switch
        {
            0 => small,
            _ when current % 100 is >= 20 and <= 90 && current % 10 == 0 && small is >= 1 and <= 9 => current + small,
            _ when current >= 100 && current % 100 == 0 => current + small,
            >= 1 and < 100 when small >= 10 => (current * 100) + small,
            _ => null,
        };
    }

    private static decimal? Fraction(MatchCollection tokens, int i) =>
        i + 2 < tokens.Count && tokens[i + 1].Value == "/" && IsDigits(tokens[i].Value) && IsDigits(tokens[i + 2].Value)
        && decimal.TryParse(tokens[i].Value, out var top) && decimal.TryParse(tokens[i + 2].Value, out var bottom) && top < bottom
            ? top / bottom
            : null;

    private static bool IsContinued(MatchCollection tokens, int i, bool hasScale)
    {
        var next = i + 1 < tokens.Count ? tokens[i + 1].Value : "";
        return tokens[i].Value == "and"
            ? next is "half" || (next == "a" && i + 2 < tokens.Count && tokens[i + 2].Value == "half") || (hasScale && s_small.ContainsKey(next))
            : next == "half" && i > 0 && tokens[i - 1].Value == "and";
    }

    private static bool IsAnd(MatchCollection tokens, int i) =>
        tokens[i - 1].Value == "and" || (tokens[i - 1].Value == "a" && i > 1 && tokens[i - 2].Value == "and");

    private static bool IsArticle(MatchCollection tokens, int i) => i >= 0 && tokens[i].Value is "a" or "an";

    private static bool IsFollowedByUnit(MatchCollection tokens, int i) => i + 1 < tokens.Count && tokens[i + 1].Value is "a" or "year" or "grand";

    private static bool IsDigits(string word) => char.IsAsciiDigit(word[0]);

    // "thirty-two": the replacement has the same length, so the indexes stay.
    [GeneratedRegex("(?<=[a-z])-(?=[a-z])")]
    private static partial Regex HyphenInWords();

    // An ordinal is one token, so that its digits are no number.
    [GeneratedRegex(@"\$|\d+(?:st|nd|rd|th)\b|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|[a-z]+|/|-|[^\s\w]")]
    private static partial Regex Token();
}
