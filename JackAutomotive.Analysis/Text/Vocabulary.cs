using System.Collections.Frozen;

namespace JackAutomotive.Analysis.Text;

/// <summary>The words that rules and lexicons know, each with a number. Zero is every other word.</summary>
internal sealed class Vocabulary
{
    public const int Unknown = 0;

    private readonly Dictionary<string, int> _building = new(StringComparer.Ordinal);
    private ulong[] _hashes = [];
    private FrozenDictionary<string, int>? _frozen;
    private FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>The number of ids. Ids are below it.</summary>
    public int Count => _building.Count + 1;

    /// <summary>Returns the id of <paramref name="word"/>, which is added if it is new.</summary>
    public int Intern(string word)
    {
        if (_building.TryGetValue(word, out var id))
        {
            return id;
        }

        if (_frozen is not null)
        {
            throw new InvalidOperationException("The vocabulary is frozen.");
        }

        _building.Add(word, id = _building.Count + 1);
        return id;
    }

    /// <summary>Ends the additions. Look-ups are possible from now on.</summary>
    public void Freeze()
    {
        _frozen = _building.ToFrozenDictionary(StringComparer.Ordinal);
        _hashes = new ulong[Count];
        foreach (var (word, id) in _building)
        {
            _hashes[id] = FeatureKey.Of(word);
        }

        _lookup = _frozen.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Returns the id of <paramref name="word"/>, or <see cref="Unknown"/>.</summary>
    public int Find(ReadOnlySpan<char> word) => _lookup.TryGetValue(word, out var id) ? id : Unknown;

    /// <summary>Returns the hash of the word's spelling.</summary>
    public ulong HashOf(int id) => _hashes[id];

    /// <summary>All words with their ids.</summary>
    public IReadOnlyDictionary<string, int> Words => _building;
}
