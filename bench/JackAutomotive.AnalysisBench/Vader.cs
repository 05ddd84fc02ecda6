using System.Globalization;

namespace JackAutomotive.AnalysisBench;

/// <summary>The baseline: VADER's method (Hutto and Gilbert, 2014) on VADER's lexicon, without anything of ours.</summary>
internal static class Vader
{
    private const double Boost = 0.293;
    private const double Shout = 0.733;
    private const double Negation = -0.74;

    private static readonly Dictionary<string, double> s_lexicon = ReadLexicon();

    private static readonly HashSet<string> s_negations =
    [
        "aint", "ain't", "arent", "aren't", "cannot", "cant", "can't", "couldnt", "couldn't", "didnt", "didn't", "doesnt", "doesn't", "dont", "don't",
        "hadnt", "hadn't", "hasnt", "hasn't", "havent", "haven't", "isnt", "isn't", "neither", "never", "none", "nope", "nor", "not", "nothing",
        "nowhere", "shouldnt", "shouldn't", "wasnt", "wasn't", "werent", "weren't", "without", "wont", "won't", "wouldnt", "wouldn't", "rarely",
        "seldom", "despite",
    ];

    private static readonly HashSet<string> s_boosters =
    [
        "absolutely", "amazingly", "completely", "deeply", "entirely", "especially", "exceptionally", "extremely", "fully", "hella", "highly", "incredibly",
        "more", "most", "particularly", "quite", "really", "so", "thoroughly", "totally", "truly", "utterly", "very",
    ];

    private static readonly HashSet<string> s_dampeners =
        ["almost", "barely", "hardly", "kinda", "less", "little", "partly", "scarcely", "slightly", "somewhat", "sorta"];

    /// <summary>Positive from a compound of 0.05, negative from -0.05.</summary>
    public static SentimentLabel LabelOf(string text) =>
        CompoundOf(text) switch
        {
            >= 0.05 => SentimentLabel.Positive,
            <= -0.05 => SentimentLabel.Negative,
            _ => SentimentLabel.Neutral,
        };

    private static double CompoundOf(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Strip).Where(w => w.Length > 0).ToArray();
        var mixedCase = words.Any(IsShouted) && !words.All(IsShouted);
        var valences = new double[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            valences[i] = ValenceAt(words, i, mixedCase);
        }

        var but = Array.FindIndex(words, w => w.Equals("but", StringComparison.OrdinalIgnoreCase));
        for (var i = 0; but >= 0 && i < valences.Length; i++)
        {
            valences[i] *= i < but ? 0.5 : i > but ? 1.5 : 1;
        }

        var sum = valences.Sum();
        if (sum != 0)
        {
            var questions = text.Count(c => c == '?');
            sum += Math.Sign(sum) * ((Math.Min(text.Count(c => c == '!'), 4) * 0.292) + (questions > 1 ? Math.Min(questions * 0.18, 0.96) : 0));
        }

        return sum / Math.Sqrt((sum * sum) + 15);
    }

    private static double ValenceAt(string[] words, int i, bool mixedCase)
    {
        if (!s_lexicon.TryGetValue(words[i].ToLowerInvariant(), out var valence))
        {
            return 0;
        }

        if (mixedCase && IsShouted(words[i]))
        {
            valence += Math.Sign(valence) * Shout;
        }

        for (var back = 1; back <= 3 && i - back >= 0; back++)
        {
            var word = words[i - back].ToLowerInvariant();
            var scale = back switch { 1 => 1, 2 => 0.95, _ => 0.9 };
            valence += s_boosters.Contains(word) ? Math.Sign(valence) * Boost * scale : s_dampeners.Contains(word) ? -Math.Sign(valence) * Boost * scale : 0;
            valence *= s_negations.Contains(word) ? Negation : 1;
        }

        return valence;
    }

    private static bool IsShouted(string word) => word.Any(char.IsUpper) && !word.Any(char.IsLower);

    private static string Strip(string word)
    {
        if (s_lexicon.ContainsKey(word))
        {
            return word;
        }

        var stripped = word.Trim('.', '!', '?', ',', ';', ':', '-', '\'', '"', '(', ')');
        return stripped.Length > 1 ? stripped : "";
    }

    private static Dictionary<string, double> ReadLexicon()
    {
        using var stream = typeof(RuleEngine).Assembly.GetManifestResourceStream("JackAutomotive.Analysis.Data.vader.txt")!;
        using var reader = new StreamReader(stream);
        var lexicon = new Dictionary<string, double>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split('\t');
            if (parts.Length == 2)
            {
                lexicon[parts[0]] = double.Parse(parts[1], CultureInfo.InvariantCulture);
            }
        }

        return lexicon;
    }
}
