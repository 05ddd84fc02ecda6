namespace JackAutomotive.Analysis.Patterns;

/// <summary>The regular forms of English verbs and nouns.</summary>
internal static class Inflections
{
    private const string Vowels = "aeiou";

    /// <summary>Returns <paramref name="word"/> with its forms in -s, -ed and -ing.</summary>
    public static IEnumerable<string> Of(string word)
    {
        yield return word;
        if (word.EndsWith('e'))
        {
            yield return word + "s";
            yield return word + "d";
            yield return word[..^1] + "ing";
        }
        else if (word.EndsWith('y') && word.Length > 1 && !Vowels.Contains(word[^2]))
        {
            yield return word[..^1] + "ies";
            yield return word[..^1] + "ied";
            yield return word + "ing";
        }
        else
        {
            var stem = DoublesLastLetter(word) ? word + word[^1] : word;
            yield return word.EndsWith('s') || word.EndsWith('h') || word.EndsWith('x') ? word + "es" : word + "s";
            yield return stem + "ed";
            yield return stem + "ing";
        }
    }

    /// <summary>Short words with one vowel before one consonant double it: stop, stopping.</summary>
    private static bool DoublesLastLetter(string word) =>
        word.Length is 3 or 4
        && !Vowels.Contains(word[^1]) && word[^1] is not ('w' or 'x' or 'y' or 'l')
        && Vowels.Contains(word[^2])
        && !Vowels.Contains(word[^3]);
}
