namespace JackAutomotive.Analysis.Phrases;

/// <summary>
/// A pattern of words, written as the words in order: <c>can|could you please? {send} me</c>. A vertical bar separates alternatives, a
/// question mark makes a word optional, a star stands for up to three words within the clause, and braces name a <see cref="WordSets"/>
/// entry.
/// </summary>
internal sealed class Phrase
{
    private const int MaxGap = 3;

    private readonly Element[] _elements;

    private Phrase(Element[] elements) => _elements = elements;

    /// <summary>Whether any words may follow before the next pattern begins.</summary>
    public bool EndsWithGap => _elements[^1].Kind is ElementKind.Gap;

    /// <summary>Reads the pattern. Throws for a name that is not a word set.</summary>
    public static Phrase Parse(string pattern) => new(Array.ConvertAll(pattern.Split(' '), ReadElement));

    /// <summary>Reads a pattern from each line that is not empty.</summary>
    public static Phrase[] ParseLines(string patterns) =>
        [.. patterns.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    /// <summary>Returns the index behind the last matching word when the pattern matches at <paramref name="start"/>; otherwise −1.</summary>
    public int MatchAt(ReadOnlySpan<Word> words, int start) => Match(words, start, 0);

    private static Element ReadElement(string text)
    {
        if (text == "*")
        {
            return new(ElementKind.Gap, null, true);
        }

        var isOptional = text.EndsWith('?') && text.Length > 1;
        var body = isOptional ? text[..^1] : text;
        var names = body.Split('|').SelectMany(name => name.StartsWith('{') ? WordSets.Get(name.Trim('{', '}')) : [name]);
        return new(ElementKind.Words, names.ToHashSet(), isOptional);
    }

    private int Match(ReadOnlySpan<Word> words, int at, int element)
    {
        if (element == _elements.Length)
        {
            return at;
        }

        var (kind, alternatives, isOptional) = _elements[element];
        if (kind == ElementKind.Gap)
        {
            for (var skipped = 0; skipped <= MaxGap && at + skipped <= words.Length; skipped++)
            {
                if (skipped > 0 && words[at + skipped - 1].IsBoundary)
                {
                    return -1;
                }

                if (Match(words, at + skipped, element + 1) is >= 0 and var end)
                {
                    return end;
                }
            }

            return -1;
        }

        // A comma inside a phrase does not change its meaning.
        var next = at;
        while (element > 0 && next < words.Length && words[next].Text is "," or "-" && next - at < 2)
        {
            next++;
        }

        if (next < words.Length && alternatives!.Contains(words[next].Text) && Match(words, next + 1, element + 1) is >= 0 and var matched)
        {
            return matched;
        }

        return isOptional ? Match(words, at, element + 1) : -1;
    }

    private enum ElementKind
    {
        Words,
        Gap,
    }

    private readonly record struct Element(ElementKind Kind, HashSet<string>? Words, bool IsOptional);
}
