using System.Text.RegularExpressions;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>Cleans and checks values that are words: names, e-mail addresses, postal addresses, employers.</summary>
internal static partial class PlainTexts
{
    private const int MaxLength = 200;
    private const int MaxNameLength = 100;

    /// <summary>Returns the words without surrounding white space. Words that stand for "unknown" are no value.</summary>
    public static Parsed ParseWords(string text)
    {
        var words = Whitespace().Replace(PlainText.Clean(text), " ").Trim().TrimEnd('.', ',', ';');
        return words switch
        {
            "" => Parsed.Unclear("There are no words."),
            { Length: > MaxLength } => Parsed.Unclear($"The words are longer than {MaxLength} characters."),
            _ when Unknown().IsMatch(words) => Parsed.Unclear("The words mean that the value is not known."),
            _ when !words.Any(char.IsLetter) => Parsed.Unclear("The words contain no letter."),
            _ => Parsed.Of(new TextValue(words)),
        };
    }

    /// <summary>Returns a person's name. A name that was written in one case gets capital initials.</summary>
    public static Parsed ParseName(string text)
    {
        var parsed = ParseWords(Introduction().Replace(text.Trim(), ""));
        if (parsed.Value is not TextValue { Text: var name })
        {
            return parsed;
        }

        if (name.Length > MaxNameLength || name.Any(char.IsAsciiDigit) || name.Contains('@', StringComparison.Ordinal))
        {
            return Parsed.Unclear("The words are not a person's name.");
        }

        var isOneCase = !name.Any(char.IsUpper) || (!name.Any(char.IsLower) && name.Length > 3);
        return Parsed.Of(new TextValue(isOneCase
            ? NamePart().Replace(name.ToLowerInvariant(), part => char.ToUpperInvariant(part.Value[0]) + part.Value[1..])
            : name));
    }

    /// <summary>Understands an e-mail address, also as it is said: <c>maria dot lopez at example dot com</c>.</summary>
    public static Parsed ParseEmail(string text)
    {
        var words = PlainText.Clean(text).Trim().ToLowerInvariant();
        if (words.Length > MaxLength)
        {
            return Parsed.Unclear($"The words are longer than {MaxLength} characters.");
        }

        if (!words.Contains('@', StringComparison.Ordinal))
        {
            words = SpokenAt().Replace(words, "@");
        }

        words = SpokenDot().Replace(words, ".");
        words = SpokenUnderscore().Replace(words, "_");
        words = SpokenDash().Replace(words, "-");

        // Letters that were spelled or paused over stand apart: "m lopez @ example.com".
        if (SpacedAddress().Match(words) is { Success: true } spaced)
        {
            words = Whitespace().Replace(spaced.Value, "");
        }

        return Address().Match(words) is { Success: true } address
            ? Parsed.Of(new TextValue(address.Value))
            : Parsed.Unclear("The words are not an e-mail address.");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex(
        @"^(n/?a|none|null|unknown|not (provided|given|mentioned|stated|sure|available|applicable|specified|disclosed)"
        + @"|no answer|nothing|undefined|i don'?t know|refused|declined( to answer)?|-+|\?+|tbd)\.?$", RegexOptions.IgnoreCase)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"^(my name is|the name is|name is|it'?s|this is|i am|i'm)\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Introduction();

    [GeneratedRegex(@"\p{L}[\p{L}\p{M}]*")]
    private static partial Regex NamePart();

    [GeneratedRegex(@"\s+at\s+")]
    private static partial Regex SpokenAt();

    [GeneratedRegex(@"\s+(dot|period|point)\s+|\s+dot(?=com|net|org)")]
    private static partial Regex SpokenDot();

    [GeneratedRegex(@"\s+under\s?score\s+")]
    private static partial Regex SpokenUnderscore();

    [GeneratedRegex(@"\s+(dash|hyphen|minus)\s+")]
    private static partial Regex SpokenDash();

    [GeneratedRegex(@"^[a-z0-9._%+\- ]+@[a-z0-9.\- ]+\.\s?[a-z]{2,24}$")]
    private static partial Regex SpacedAddress();

    [GeneratedRegex(
        @"(?<![\w.+-])[a-z0-9](?:[a-z0-9._%+-]{0,62}[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?![\w-])")]
    private static partial Regex Address();
}
