using JackAutomotive.Analysis.Sentiment;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>
/// What the model of stop requests knows of a text: its words, pairs of neighbouring words, and the classes of words in their order. It knows nothing
/// of the rules, which were written with the training data in view.
/// </summary>
internal static class StopFeatures
{
    private const double OfWords = 0.5;
    private const double OfClasses = 0.6;
    private const int Reach = 4;

    private static readonly ulong s_number = FeatureKey.Of("#");
    private static readonly ulong s_name = FeatureKey.Of("NAME");
    private static readonly ulong s_start = FeatureKey.Of("<");
    private static readonly ulong s_end = FeatureKey.Of(">");

    /// <summary>Adds the features of <paramref name="text"/>. Each counts once.</summary>
    public static void Extract(ReadText text, Vocabulary vocabulary, List<Feature> features)
    {
        var seen = new HashSet<ulong>(8 * text.Tokens.Count);
        void Add(ulong key, double value, int start, int end)
        {
            if (seen.Add(key))
            {
                features.Add(new Feature(key, value, start, end));
            }
        }

        Add(FeatureKey.Of("bias"), 1, -1, -1);
        Add(FeatureKey.Of("length", Math.Min(text.Tokens.Count / 4, 5)), OfWords, -1, -1);
        if (text.Tokens.Exists(token => token.Is(TokenFlags.Question)))
        {
            Add(FeatureKey.Of("?"), OfWords, -1, -1);
        }

        var (before, classesInSentence) = (s_start, new List<(ulong Class, int At)>());
        for (var i = 0; i < text.Tokens.Count; i++)
        {
            var word = KeyOf(text, i, vocabulary);
            Add(FeatureKey.OfWord(word), OfWords, i, i + 1);
            Add(FeatureKey.OfPair(before, word), OfWords, Math.Max(i - 1, 0), i + 1);
            before = word;
            if (text.Tokens[i].Is(TokenFlags.SentenceStart))
            {
                classesInSentence.Clear();
            }

            if (StopClasses.Shared.Of(word) is not 0 and var own)
            {
                AddClass(own, i, classesInSentence, Add);
            }
        }

        if (text.Tokens.Count > 0)
        {
            Add(FeatureKey.OfPair(before, s_end), OfWords, text.Tokens.Count - 1, text.Tokens.Count);
        }
    }

    // The class alone, with each class shortly before it, and with the two classes before it.
    private static void AddClass(ulong own, int at, List<(ulong Class, int At)> earlier, Action<ulong, double, int, int> add)
    {
        add(FeatureKey.OfWord(own), OfClasses / 2, at, at + 1);
        for (var k = earlier.Count - 1; k >= 0 && at - earlier[k].At <= Reach; k--)
        {
            var pair = FeatureKey.OfPair(earlier[k].Class, own);
            add(pair, OfClasses, earlier[k].At, at + 1);
            if (k == earlier.Count - 1 && k > 0 && at - earlier[k - 1].At <= 2 * Reach)
            {
                add(FeatureKey.OfPair(earlier[k - 1].Class, pair), OfClasses, earlier[k - 1].At, at + 1);
            }
        }

        earlier.Add((own, at));
    }

    private static ulong KeyOf(ReadText text, int index, Vocabulary vocabulary)
    {
        var token = text.Tokens[index];
        return token.Is(TokenFlags.Number) ? s_number
            : token.Word != Vocabulary.Unknown ? vocabulary.HashOf(token.Word)
            : token.Is(TokenFlags.Name) ? s_name
            : FeatureKey.OfFolded(text.Text.AsSpan(token.Start, token.Length));
    }
}
