using System.Collections.Frozen;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>
/// Recognizes what providers send in place of the number of a caller who withholds it: a word (<c>anonymous</c>), the keys of a telephone
/// that spell the word (<c>266696687</c>), or nothing. Such a value looks like a number and identifies nobody.
/// </summary>
/// <seealso href="https://help.twilio.com/articles/223179988"/>
internal static class HiddenCaller
{
    // Letters of a telephone keypad: ABC on 2, DEF on 3 and so on.
    private const string KeysByLetter = "22233344455566677778889999";

    private static readonly string[] s_words =
    [
        "anonymous", "restricted", "unknown", "unavailable", "private", "blocked", "withheld", "hidden", "suppressed", "undisclosed",
        "unlisted", "unidentified", "available", "asterisk", "anon", "null", "none", "nil", "undefined", "na",
        "anonyme", "anonym", "anonimo", "anónimo", "anônimo", "inconnu", "masqué", "privé", "privado", "oculto", "desconocido",
        "desconhecido", "unbekannt", "unterdrückt", "privat", "sconosciuto", "privato", "onbekend",
    ];

    // Words that say nothing by themselves, as in "No Caller ID", "Private Number" and "not available".
    private static readonly string[] s_fillers =
        ["caller", "callers", "call", "id", "number", "name", "user", "the", "no", "not", "n", "a", "número", "numero", "nummer"];

    private static readonly FrozenSet<string> s_hiddenWords = s_words.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_fillerWords = s_fillers.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Only words that providers are known to spell in digits. Other words would claim numbers that people have.
    private static readonly FrozenSet<string> s_keys =
        new[] { "anonymous", "restricted", "unknown", "unavailable", "private", "blocked", "withheld" }
            .Select(Spell)
            .Append("737874283") // RESTRICTED, truncated.
            .Append("8566696") // UNKNOWN, as Twilio's own list spells it.
            .ToFrozenSet();

    /// <summary>Returns whether a value stands for a hidden caller. An empty value does, too.</summary>
    public static bool IsHidden(string? text) =>
        string.IsNullOrWhiteSpace(text) || !text.Any(char.IsLetterOrDigit) || HasHiddenWords(text) || HasPlaceholderDigits(text);

    private static bool HasHiddenWords(string text)
    {
        if (text.Any(char.IsDigit) || !text.Any(char.IsLetter))
        {
            return false;
        }

        var words = string.Concat(text.Select(c => char.IsLetter(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.All(word => s_hiddenWords.Contains(word) || s_fillerWords.Contains(word));
    }

    // The digits may follow the country code of the United States, because a parser has taken them for a number of that country.
    private static bool HasPlaceholderDigits(string text)
    {
        if (text.Any(char.IsLetter))
        {
            return false;
        }

        var digits = string.Concat(text.Where(char.IsDigit).Select(c => (char)('0' + (int)char.GetNumericValue(c))));
        return IsPlaceholder(digits) || (digits.StartsWith('1') && IsPlaceholder(digits[1..]));
    }

    // One digit repeated ("0000000000") is what switchboards send that have no number to send.
    private static bool IsPlaceholder(string digits) =>
        s_keys.Contains(digits) || digits is "0" || (digits.Length >= 7 && digits.AsSpan().IndexOfAnyExcept(digits[0]) < 0);

    private static string Spell(string word) => string.Concat(word.Select(letter => KeysByLetter[letter - 'a']));
}
