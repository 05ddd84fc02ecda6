using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Sentiment;

/// <summary>One thing that the model weighs.</summary>
/// <param name="Key">The hash of the feature's name. See <see cref="FeatureKey"/>.</param>
/// <param name="Value">How much of it the text has.</param>
/// <param name="Start">The index of the first token that shows it. -1 when no single token does.</param>
/// <param name="End">The index after the last token.</param>
internal readonly record struct Feature(ulong Key, double Value, int Start, int End);

/// <summary>
/// What the model knows of a text: the rules' score, the intents, the question before, marks, length, and all words and pairs of words.
/// The rules' score counts half, because the rules were written with the training data in view and are less right elsewhere.
/// </summary>
internal static class SentimentFeatures
{
    private const double OfRules = 0.5;
    private const double OfWords = 0.5;
    private const double OfMarks = 0.7;
    private const double OfContext = 0.4;

    private static readonly ulong s_number = FeatureKey.Of("#");
    private static readonly ulong s_name = FeatureKey.Of("NAME");
    private static readonly ulong s_start = FeatureKey.Of("<");
    private static readonly ulong s_end = FeatureKey.Of(">");

    /// <summary>Adds the features of <paramref name="text"/>. Each word and pair counts once.</summary>
    public static void Extract(
        ReadText text, RuleRating rating, AgentQuestion asked, List<IntentResult> intents, Vocabulary vocabulary, List<Feature> features)
    {
        void Add(string name, double value) => features.Add(new Feature(FeatureKey.Of(name), value, -1, -1));

        Add("bias", 1);
        Add("rules", rating.Score * 2.5 * OfRules);
        Add("rules:strength", Math.Abs(rating.Score) * OfRules);
        Add(rating.Score switch { >= 0.36 => "rules:positive", <= -0.34 => "rules:negative", 0 => "rules:nothing", _ => "rules:weak" }, OfRules);
        foreach (var intent in intents)
        {
            features.Add(new Feature(FeatureKey.Of(intent), OfMarks, -1, -1));
        }

        AddMarks(text, Add);
        for (var question = 1; question <= (int)AgentQuestion.Bought; question <<= 1)
        {
            if (((int)asked & question) != 0)
            {
                features.Add(new Feature(FeatureKey.Of("asked", question), OfContext, -1, -1));
            }
        }

        AddWords(text, vocabulary, features);
    }

    private static void AddMarks(ReadText text, Action<string, double> add)
    {
        if (text.Text.Contains('?'))
        {
            add("?", OfMarks);
        }

        if (text.Text.AsSpan().TrimEnd().EndsWith("?"))
        {
            add("?$", OfMarks);
        }

        if (text.Text.Contains('!'))
        {
            add("!", OfMarks);
        }

        if (text.Text.AsSpan().IndexOfAny("\"“") >= 0)
        {
            add("quote", OfMarks);
        }

        if (text.Tokens.Exists(t => t.Is(TokenFlags.Shouted)))
        {
            add("shouted", OfMarks);
        }

        add(text.Tokens.Count switch { < 4 => "length:3", < 9 => "length:8", < 16 => "length:15", _ => "length:more" }, OfWords);
    }

    private static void AddWords(ReadText text, Vocabulary vocabulary, List<Feature> features)
    {
        var seen = new HashSet<ulong>(2 * text.Tokens.Count);
        var before = s_start;
        for (var i = 0; i < text.Tokens.Count; i++)
        {
            var word = KeyOf(text, i, vocabulary);
            if (seen.Add(word))
            {
                features.Add(new Feature(FeatureKey.OfWord(word), OfWords, i, i + 1));
            }

            var pair = FeatureKey.OfPair(before, word);
            if (seen.Add(pair))
            {
                features.Add(new Feature(pair, OfWords, Math.Max(i - 1, 0), i + 1));
            }

            before = word;
        }

        features.Add(new Feature(FeatureKey.OfPair(before, s_end), OfWords, text.Tokens.Count - 1, text.Tokens.Count));
    }

    private static ulong KeyOf(ReadText text, int index, Vocabulary vocabulary)
    {
        var token = text.Tokens[index];
        return token.Is(TokenFlags.Name) ? s_name
            : token.Is(TokenFlags.Number) ? s_number
            : token.Word != Vocabulary.Unknown ? vocabulary.HashOf(token.Word)
            : FeatureKey.OfFolded(text.Text.AsSpan(token.Start, token.Length));
    }
}
