using System.Collections.Frozen;
using System.Globalization;
using JackAutomotive.Analysis.Phrases;


namespace JackAutomotive.Analysis.Times;

/// <summary>Numbers as people say and write them.</summary>
internal static class Numbers
{
    private static readonly FrozenDictionary<string, int> s_words = WordMap.ReadNumbers("""
        1: one un una uno a an
        2: two dos
        3: three tres
        4: four cuatro
        5: five cinco
        6: six seis
        7: seven siete
        8: eight ocho
        9: nine nueve
        10: ten diez
        11: eleven once
        12: twelve doce
        13: thirteen
        14: fourteen
        15: fifteen quince
        16: sixteen
        17: seventeen
        18: eighteen
        19: nineteen
        20: twenty veinte
        30: thirty treinta
        40: forty
        50: fifty
        90: ninety
        """);

    private static readonly FrozenDictionary<string, int> s_ordinals = WordMap.ReadNumbers("""
        1: first
        2: second
        3: third
        4: fourth
        5: fifth
        6: sixth
        7: seventh
        8: eighth
        9: ninth
        10: tenth
        11: eleventh
        12: twelfth
        13: thirteenth
        14: fourteenth
        15: fifteenth
        16: sixteenth
        17: seventeenth
        18: eighteenth
        19: nineteenth
        20: twentieth
        30: thirtieth
        """);

    /// <summary>Returns the whole number that <paramref name="word"/> is, or null. "a" is 1.</summary>
    public static int? Read(string word) =>
        s_words.TryGetValue(word, out var value) ? value
        : word.Length <= 4 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? value
        : null;

    /// <summary>Returns the day of a month that <paramref name="word"/> is ("15th", "fifteenth"), or null.</summary>
    public static int? ReadOrdinal(string word)
    {
        if (s_ordinals.TryGetValue(word, out var value))
        {
            return value;
        }

        var isOrdinal = word.Length is 3 or 4 && word[^2..] is "st" or "nd" or "rd" or "th";
        return isOrdinal && int.TryParse(word[..^2], NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= 31 ? value : null;
    }
}
