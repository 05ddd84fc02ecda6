using JackAutomotive.Analysis.Sentiment;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>
/// What the model of stop requests knows of a text: its words, pairs of neighbouring words, and the classes of words in their order. It knows nothing
/// of the rules, which were written with the training data in view. The lists are used again for the next text.
/// </summary>
internal sealed class StopFeatures
{
    private const double OfWords = 0.5;
    private const double OfClasses = 0.6;
    private const int Reach = 4;

    private static readonly ulong s_bias = FeatureKey.Of("bias");
    private static readonly ulong s_question = FeatureKey.Of("?");
    private static readonly ulong s_number = FeatureKey.Of("#");
    private static readonly ulong s_name = FeatureKey.Of("NAME");
    private static readonly ulong s_start = FeatureKey.Of("<");
    private static readonly ulong s_end = FeatureKey.Of(">");

    private readonly List<Feature> _features = [];
    private readonly HashSet<ulong> _seen = [];
    private readonly List<(ulong Class, int At)> _classesInSentence = [];

    /// <summary>Returns the features of <paramref name="text"/>, each once. The list is valid until the next call.</summary>
    public List<Feature> Extract(ReadText text, Vocabulary vocabulary)
    {
        _features.Clear();
        _seen.Clear();
        _classesInSentence.Clear();
        Add(s_bias, 1, -1, -1);
        Add(FeatureKey.Of("length", Math.Min(text.Tokens.Count / 4, 5)), OfWords, -1, -1);
        var before = s_start;
        for (var i = 0; i < text.Tokens.Count; i++)
        {
            var (token, word) = (text.Tokens[i], KeyOf(text, i, vocabulary));
            if (token.Is(TokenFlags.Question))
            {
                Add(s_question, OfWords, -1, -1);
            }

            if (token.Is(TokenFlags.SentenceStart))
            {
                _classesInSentence.Clear();
            }

            Add(FeatureKey.OfWord(word), OfWords, i, i + 1);
            Add(FeatureKey.OfPair(before, word), OfWords, Math.Max(i - 1, 0), i + 1);
            if (StopClasses.Shared.Of(word) is not 0 and var own)
            {
                AddClass(own, i);
            }

            before = word;
        }

        if (text.Tokens.Count > 0)
        {
            Add(FeatureKey.OfPair(before, s_end), OfWords, text.Tokens.Count - 1, text.Tokens.Count);
        }

        return _features;
    }

    // The class alone, with each class shortly before it, and with the two classes before it.
    private void AddClass(ulong own, int at)
    {
        Add(FeatureKey.OfWord(own), OfClasses / 2, at, at + 1);
        var last = _classesInSentence.Count - 1;
        for (var k = last; k >= 0 && at - _classesInSentence[k].At <= Reach; k--)
        {
            var (earlier, start) = _classesInSentence[k];
            var pair = FeatureKey.OfPair(earlier, own);
            Add(pair, OfClasses, start, at + 1);
            if (k == last && k > 0 && at - _classesInSentence[k - 1].At <= 2 * Reach)
            {
                Add(FeatureKey.OfPair(_classesInSentence[k - 1].Class, pair), OfClasses, _classesInSentence[k - 1].At, at + 1);
            }
        }

        _classesInSentence.Add((own, at));
    }

    private void Add(ulong key, double value, int start, int end)
    {
        if (_seen.Add(key))
        {
            _features.Add(new Feature(key, value, start, end));
        }
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
