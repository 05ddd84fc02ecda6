using System.Collections.Frozen;
using System.Globalization;
using JackAutomotive.Analysis.Rules;

namespace JackAutomotive.Analysis.Sentiment;

/// <summary>
/// A linear model (multinomial logistic regression). The weights are in Data/sentiment-model.txt; "bench/analysis/run.sh train" makes them from the
/// tuning half of the labelled data.
/// </summary>
internal sealed class SentimentModel
{
    private static readonly Lazy<SentimentModel> s_shared = new(() => new SentimentModel(RuleData.Lines("sentiment-model.txt")));

    private readonly FrozenDictionary<ulong, Weights> _weights;

    /// <param name="lines">Lines of a key in hexadecimal digits, the feature's name for the reader, and three weights, separated by tabs.</param>
    public SentimentModel(IEnumerable<string> lines) =>
        _weights = lines.Select(l => l.Split('\t')).ToFrozenDictionary(
            p => ulong.Parse(p[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), p => new Weights(Number(p[2]), Number(p[3]), Number(p[4])));

    /// <summary>The model of this assembly.</summary>
    public static SentimentModel Shared => s_shared.Value;

    /// <summary>Returns the probability of positive less that of negative.</summary>
    public double Score(List<Feature> features)
    {
        var (negative, neutral, positive) = (0.0, 0.0, 0.0);
        foreach (var feature in features)
        {
            if (_weights.TryGetValue(feature.Key, out var weights))
            {
                negative += weights.Negative * feature.Value;
                neutral += weights.Neutral * feature.Value;
                positive += weights.Positive * feature.Value;
            }
        }

        var largest = Math.Max(negative, Math.Max(neutral, positive));
        var (a, b, c) = (Math.Exp(negative - largest), Math.Exp(neutral - largest), Math.Exp(positive - largest));
        return (c - a) / (a + b + c);
    }

    /// <summary>Returns the word or pair of words that speaks most for positive (<paramref name="sign"/> 1) or negative (-1), or null.</summary>
    public Feature? Strongest(List<Feature> features, int sign)
    {
        Feature? strongest = null;
        var most = 0.0;
        foreach (var feature in features)
        {
            if (feature.Start < 0 || !_weights.TryGetValue(feature.Key, out var weights))
            {
                continue;
            }

            var contribution = sign * (weights.Positive - weights.Negative) * feature.Value;
            if (contribution > most)
            {
                (most, strongest) = (contribution, feature);
            }
        }

        return strongest;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private readonly record struct Weights(double Negative, double Neutral, double Positive);
}
