namespace JackAutomotive.Analysis.Text;

/// <summary>Hashes of the names of features (FNV-1a). They never leave the process: the file with the weights contains the names.</summary>
internal static class FeatureKey
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(ReadOnlySpan<char> name)
    {
        var hash = Offset;
        foreach (var c in name)
        {
            hash = (hash ^ c) * Prime;
        }

        return hash;
    }

    public static ulong Of(string name, int number) => (Of(name) ^ (ulong)number) * Prime;

    public static ulong Of(IntentResult intent) =>
        (((Of("intent") ^ (ulong)intent.Name) * Prime) ^ (ulong)(intent.Objection is { } kind ? (int)kind + 1 : 0)) * Prime;

    /// <summary>The key of a word as it was written, folded.</summary>
    public static ulong OfFolded(ReadOnlySpan<char> raw)
    {
        var hash = Offset;
        foreach (var c in raw)
        {
            hash = (hash ^ (Letters.IsApostrophe(c) ? '\'' : Letters.Fold(c))) * Prime;
        }

        return hash;
    }

    public static ulong OfWord(ulong word) => (word ^ 'w') * Prime;

    public static ulong OfPair(ulong first, ulong second) => ((first * 31) ^ second ^ 'p') * Prime;
}
