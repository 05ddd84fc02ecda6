using System.Collections.Frozen;

namespace JackAutomotive.Analysis.Text;

/// <summary>
/// Turns a word as it was written into the words that rules know: "dont" and "don't" into "do not", "sooooo" into "so", "talkin" into "talking",
/// "unsubcribe" into "unsubscribe". Spellings are corrected only towards the words of a short list, and never from a word that exists.
/// </summary>
internal sealed class Normalizer
{
    /// <summary>Words over this length are unknown.</summary>
    public const int LongestWord = 40;

    private const int ShortestCorrected = 5;

    private readonly Vocabulary _vocabulary;
    private readonly FrozenDictionary<string, int[]> _forms;
    private readonly FrozenDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _form;
    private readonly FrozenDictionary<string, int> _typos;
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _typo;
    private readonly FrozenSet<string> _real;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _isReal;
    private readonly string[] _words;
    private readonly int _not;

    /// <param name="vocabulary">The vocabulary, with all words of the rules and lexicons, not frozen yet.</param>
    /// <param name="forms">The words that written forms stand for. See <see cref="ReadForms"/>.</param>
    /// <param name="correctable">The words towards which spellings are corrected.</param>
    /// <param name="realWords">English words that differ from a correctable word by one letter, and are no typing errors.</param>
    public Normalizer(Vocabulary vocabulary, IReadOnlyDictionary<string, string[]> forms, IEnumerable<string> correctable, IEnumerable<string> realWords)
    {
        _vocabulary = vocabulary;
        _not = vocabulary.Intern("not");

        _forms = forms.ToFrozenDictionary(f => f.Key, f => f.Value.Select(vocabulary.Intern).ToArray(), StringComparer.Ordinal);
        _form = _forms.GetAlternateLookup<ReadOnlySpan<char>>();
        _real = realWords.ToFrozenSet(StringComparer.Ordinal);
        _isReal = _real.GetAlternateLookup<ReadOnlySpan<char>>();

        var typos = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in correctable)
        {
            var id = vocabulary.Intern(word);
            typos.TryAdd(word, id);
            for (var i = 0; i < word.Length; i++)
            {
                typos.TryAdd(word.Remove(i, 1), id);
            }
        }

        _typos = typos.ToFrozenDictionary(StringComparer.Ordinal);
        _typo = _typos.GetAlternateLookup<ReadOnlySpan<char>>();
        _words = new string[vocabulary.Count];
        foreach (var (word, id) in vocabulary.Words)
        {
            _words[id] = word;
        }
    }

    /// <summary>Reads lines "form form = word word".</summary>
    public static Dictionary<string, string[]> ReadForms(IEnumerable<string> lines)
    {
        var forms = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var parts = line.Split(" = ", StringSplitOptions.TrimEntries);
            foreach (var form in parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                forms[form] = parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return forms;
    }

    /// <summary>Writes the ids of the words that <paramref name="raw"/> stands for, and returns their number.</summary>
    /// <param name="raw">The folded word, with "'" for every apostrophe.</param>
    /// <param name="ids">Room for eight ids.</param>
    public int Normalize(ReadOnlySpan<char> raw, Span<int> ids)
    {
        if (raw.Length > LongestWord)
        {
            ids[0] = Vocabulary.Unknown;
            return 1;
        }

        if (_form.TryGetValue(raw, out var form))
        {
            form.CopyTo(ids);
            return form.Length;
        }

        var apostrophe = raw.LastIndexOf('\'');
        if (apostrophe >= 0)
        {
            return NormalizeContraction(raw, apostrophe, ids);
        }

        ids[0] = _vocabulary.Find(raw);
        if (ids[0] != Vocabulary.Unknown)
        {
            return 1;
        }

        return NormalizeUnknown(raw, ids);
    }

    private int NormalizeContraction(ReadOnlySpan<char> raw, int apostrophe, Span<int> ids)
    {
        var stem = raw[..apostrophe];
        var suffix = raw[(apostrophe + 1)..];
        if (suffix is "t" && stem.EndsWith("n"))
        {
            var count = Normalize(stem[..^1], ids);
            ids[count] = _not;
            return count + 1;
        }

        var added = suffix switch
        {
            "re" => _vocabulary.Find("are"),
            "ve" => _vocabulary.Find("have"),
            "ll" => _vocabulary.Find("will"),
            "d" => _vocabulary.Find("would"),
            "m" => _vocabulary.Find("am"),
            _ => Vocabulary.Unknown,
        };
        if (added != Vocabulary.Unknown)
        {
            var count = Normalize(stem, ids);
            ids[count] = added;
            return count + 1;
        }

        if (suffix is "s" or "")
        {
            // "Tony's": a possessive, or "Tony is". "talkin'" loses its g in the same way.
            return Normalize(stem, ids);
        }

        Span<char> joined = stackalloc char[LongestWord];
        stem.CopyTo(joined);
        suffix.CopyTo(joined[stem.Length..]);
        var whole = joined[..(stem.Length + suffix.Length)];
        if (whole.Contains('\''))
        {
            ids[0] = Vocabulary.Unknown;
            return 1;
        }

        return Normalize(whole, ids);
    }

    private int NormalizeUnknown(ReadOnlySpan<char> raw, Span<int> ids)
    {
        ids[0] = Vocabulary.Unknown;
        Span<char> shorter = stackalloc char[LongestWord];
        for (var keep = 2; keep >= 1; keep--)
        {
            var length = Squeeze(raw, keep, shorter);
            var squeezed = shorter[..length];
            if (length == raw.Length && keep == 2)
            {
                continue;
            }

            if (keep == 1 && !HasRunOfThree(raw))
            {
                break;
            }

            if (_form.TryGetValue(squeezed, out var form))
            {
                form.CopyTo(ids);
                return form.Length;
            }

            if ((ids[0] = _vocabulary.Find(squeezed)) != Vocabulary.Unknown)
            {
                return 1;
            }
        }

        if (raw.Length >= 4 && raw.EndsWith("in"))
        {
            raw.CopyTo(shorter);
            shorter[raw.Length] = 'g';
            if ((ids[0] = _vocabulary.Find(shorter[..(raw.Length + 1)])) != Vocabulary.Unknown)
            {
                return 1;
            }
        }

        ids[0] = Correct(raw);
        return 1;
    }

    /// <summary>Returns the correctable word from which <paramref name="raw"/> differs by one letter that is missing, added, other or in another place.</summary>
    private int Correct(ReadOnlySpan<char> raw)
    {
        if (raw.Length < ShortestCorrected || raw.Length >= LongestWord || _isReal.Contains(raw))
        {
            return Vocabulary.Unknown;
        }

        if (_typo.TryGetValue(raw, out var id) && OneEdit(raw, _words[id]))
        {
            return id;
        }

        Span<char> without = stackalloc char[LongestWord];
        for (var i = 0; i < raw.Length; i++)
        {
            raw[..i].CopyTo(without);
            raw[(i + 1)..].CopyTo(without[i..]);
            if (_typo.TryGetValue(without[..(raw.Length - 1)], out id) && OneEdit(raw, _words[id]))
            {
                return id;
            }
        }

        return Vocabulary.Unknown;
    }

    private static bool OneEdit(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var start = a.CommonPrefixLength(b);
        var end = 0;
        while (end < Math.Min(a.Length, b.Length) - start && a[a.Length - 1 - end] == b[b.Length - 1 - end])
        {
            end++;
        }

        var (restA, restB) = (a.Length - start - end, b.Length - start - end);
        return (restA <= 1 && restB <= 1) || (restA == 2 && restB == 2 && a[start] == b[start + 1] && a[start + 1] == b[start]);
    }

    private static bool HasRunOfThree(ReadOnlySpan<char> word)
    {
        for (var i = 2; i < word.Length; i++)
        {
            if (word[i] == word[i - 1] && word[i] == word[i - 2])
            {
                return true;
            }
        }

        return false;
    }

    private static int Squeeze(ReadOnlySpan<char> word, int keep, Span<char> target)
    {
        var length = 0;
        for (var i = 0; i < word.Length; i++)
        {
            if (i >= keep && Same(word.Slice(i - keep, keep + 1)))
            {
                continue;
            }

            target[length++] = word[i];
        }

        return length;
    }

    private static bool Same(ReadOnlySpan<char> run) => !run.ContainsAnyExcept(run[0]);
}
