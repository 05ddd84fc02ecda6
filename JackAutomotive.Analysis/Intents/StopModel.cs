using System.Collections.Frozen;
using System.Globalization;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Sentiment;

namespace JackAutomotive.Analysis.Intents;

/// <summary>
/// A linear model (logistic regression) of stop requests. The weights are in Data/stop-model.txt; "bench/analysis/run.sh train-stops" makes them from
/// labelled data.
/// </summary>
internal sealed class StopModel
{
    private static readonly Lazy<StopModel> s_shared = new(() => new StopModel(RuleData.Lines("stop-model.txt")));

    private readonly FrozenDictionary<ulong, double> _weights;

    /// <param name="lines">Lines of a key in hexadecimal digits, the feature's name for the reader, and a weight, separated by tabs.</param>
    public StopModel(IEnumerable<string> lines) =>
        _weights = lines.Select(line => line.Split('\t')).ToFrozenDictionary(
            parts => ulong.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            parts => double.Parse(parts[2], CultureInfo.InvariantCulture));

    /// <summary>The model of this assembly.</summary>
    public static StopModel Shared => s_shared.Value;

    /// <summary>Returns the logarithm of the odds that a text is a stop request.</summary>
    public double Score(List<Feature> features)
    {
        var score = 0.0;
        foreach (var feature in features)
        {
            score += _weights.GetValueOrDefault(feature.Key) * feature.Value;
        }

        return score;
    }

    /// <summary>Returns the words that speak most for a stop request, or null.</summary>
    public Feature? Strongest(List<Feature> features)
    {
        Feature? strongest = null;
        var most = 0.0;
        foreach (var feature in features)
        {
            var contribution = feature.Start < 0 ? 0 : _weights.GetValueOrDefault(feature.Key) * feature.Value;
            if (contribution > most)
            {
                (most, strongest) = (contribution, feature);
            }
        }

        return strongest;
    }
}
