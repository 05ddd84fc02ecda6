namespace JackAutomotive.Analysis.Patterns;

/// <summary>Finds the numbers of patterns by a word.</summary>
internal sealed class WordIndex
{
    private readonly int[]?[] _byWord;
    private readonly int[] _names;
    private readonly int[] _numbers;

    /// <param name="words">For each pattern the ids of words, with <see cref="Step.AnyName"/> and <see cref="Step.AnyNumber"/>.</param>
    /// <param name="vocabulary">The number of ids.</param>
    public WordIndex(IEnumerable<IEnumerable<int>> words, int vocabulary)
    {
        var byWord = words.SelectMany((ids, pattern) => ids.Select(id => (Id: id, Pattern: pattern))).ToLookup(w => w.Id, w => w.Pattern);
        _byWord = new int[vocabulary][];
        foreach (var group in byWord.Where(g => g.Key > 0))
        {
            _byWord[group.Key] = [.. group];
        }

        _names = [.. byWord[Step.AnyName]];
        _numbers = [.. byWord[Step.AnyNumber]];
    }

    /// <summary>The patterns of any name.</summary>
    public ReadOnlySpan<int> Names => _names;

    /// <summary>The patterns of any number.</summary>
    public ReadOnlySpan<int> Numbers => _numbers;

    /// <summary>Returns the patterns of the word with the id <paramref name="word"/>.</summary>
    public ReadOnlySpan<int> Of(int word) => _byWord[word];
}
