using System.Collections.Frozen;

namespace JackAutomotive.Analysis.Text;

/// <summary>Decides whether a word can be the name of a person: a known first name, or a capitalised word that the rules do not know.</summary>
internal sealed class NameList
{
    private readonly FrozenSet<int> _names;

    /// <param name="vocabulary">The vocabulary, not frozen yet.</param>
    /// <param name="names">First names in lower case.</param>
    public NameList(Vocabulary vocabulary, IEnumerable<string> names) => _names = names.Select(vocabulary.Intern).ToFrozenSet();

    /// <summary>Whether the word with the id <paramref name="word"/>, written as <paramref name="raw"/>, can be a name.</summary>
    public bool IsName(int word, ReadOnlySpan<char> raw, TokenFlags flags)
    {
        if (_names.Contains(word))
        {
            return true;
        }

        return word == Vocabulary.Unknown
            && (flags & (TokenFlags.Capitalized | TokenFlags.SentenceStart)) == TokenFlags.Capitalized
            && raw.Length >= 3;
    }
}
