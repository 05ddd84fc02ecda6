using System.Globalization;
using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Sentiment;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.AnalysisBench;

/// <summary>
/// Trains the model of stop requests by stochastic gradient descent on labelled data, and writes its weights. Deterministic: the same data gives the
/// same file.
/// </summary>
internal sealed class StopTraining
{
    private const int Epochs = 14;
    private const double Rate = 0.3;
    private const double Decay = 0.25;
    private const double Regularization = 0.004;
    private const double SmallestWeight = 0.03;
    private const int Folds = 5;

    private readonly StopFeatures _features = new();
    private readonly List<Example> _examples = [];
    private readonly Dictionary<ulong, string> _names = [];

    /// <param name="data">The folder with the labelled data.</param>
    public StopTraining(string data)
    {
        foreach (var half in (string[])["tuning", "own"])
        {
            foreach (var utterance in LabelledData.Read<Utterance>(Path.Combine(data, half, "utterances.jsonl")))
            {
                Add(utterance.Text, utterance.Before, utterance.Intents.Contains(Intent.StopRequest), false);
            }
        }

        foreach (var file in (string[])["tuning.jsonl", "own.jsonl"])
        {
            foreach (var utterance in LabelledData.Read<StopUtterance>(Path.Combine(data, "stops", file)))
            {
                Add(utterance.Text, utterance.Before, utterance.Stop, true);
            }
        }
    }

    /// <summary>Writes the weights of a model of all examples.</summary>
    public void Write(string path)
    {
        var weights = Fit(_examples);
        File.WriteAllLines(path, weights
            .Where(weight => Math.Abs(weight.Value) >= SmallestWeight)
            .Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key:x16}\t{_names[weight.Key]}\t{weight.Value:0.###}"))
            .Order(StringComparer.Ordinal));
        Console.WriteLine($"{_examples.Count} examples, {weights.Count} features, {new FileInfo(path).Length / 1024} KiB in {path}");
    }

    /// <summary>
    /// Prints precision and recall of the rules, of the model and of both in a cross-validation, over the sentences that no rule was written for.
    /// </summary>
    public void CrossValidate(TextWriter output)
    {
        var judged = new List<(Example Example, double Score)>();
        for (var fold = 0; fold < Folds; fold++)
        {
            var weights = Fit([.. _examples.Where((_, i) => i % Folds != fold)]);
            judged.AddRange(_examples.Where((_, i) => i % Folds == fold).Select(example => (example, Score(weights, example.Features))));
        }

        foreach (var isNew in (bool[])[true, false])
        {
            output.WriteLine(isNew ? "sentences that no rule was written for" : "sentences that rules were written for");
            var part = judged.Where(entry => entry.Example.IsNew == isNew).ToList();
            Print(output, "rules", part, entry => entry.Example.Finding >= StopFinding.Found);
            Print(output, "model alone", part, entry => entry.Score >= 0);
            foreach (var threshold in (double[])[-0.75, -0.5, -0.25, 0, 0.25])
            {
                Print(output, $"both from {threshold}", part, entry => StopRequestFinder.Combine(entry.Score, entry.Example.Finding) >= threshold);
            }
        }
    }

    private static void Print(TextWriter output, string name, List<(Example Example, double Score)> part, Func<(Example Example, double Score), bool> isFound)
    {
        var counts = new LabelCounts();
        foreach (var entry in part)
        {
            counts.Add(entry.Example.IsStop, isFound(entry));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"    {name,-22} precision {counts.Precision:0.000}  recall {counts.Recall:0.000}  F1 {counts.F1:0.000}"));
    }

    private void Add(string words, string? before, bool isStop, bool isNew)
    {
        var rules = RuleBase.Shared;
        var text = new ReadText();
        text.Read(words, rules.Tokenizer, rules.Customer);
        if (before is not null && text.Tokens.Count <= 6)
        {
            return; // The question decides the meaning of a short answer.
        }

        var features = _features.Extract(text, rules.Vocabulary);
        foreach (var feature in features)
        {
            _names.TryAdd(
                feature.Key,
                feature.Start < 0 ? "(context)" : text.EvidenceOf(feature.Start, feature.End).Text.ReplaceLineEndings(" ").Replace('\t', ' ').ToLowerInvariant());
        }

        _examples.Add(new Example([.. features], isStop, isNew, StopRequestFinder.FindByRules(text).Finding));
    }

    private static Dictionary<ulong, double> Fit(List<Example> examples)
    {
        var weights = new Dictionary<ulong, double>();
        var order = Enumerable.Range(0, examples.Count).ToArray();
        var random = 12345u;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                // A generator of our own, so that the order does not depend on the version of .NET.
                random = (random * 1664525) + 1013904223;
                var j = (int)((random >> 8) % (uint)(i + 1));
                (order[i], order[j]) = (order[j], order[i]);
            }

            var rate = Rate / (1 + (epoch * Decay));
            foreach (var index in order)
            {
                var example = examples[index];
                var error = (example.IsStop ? 1 : 0) - (1 / (1 + Math.Exp(-Score(weights, example.Features))));
                foreach (var feature in example.Features)
                {
                    var weight = weights.GetValueOrDefault(feature.Key);
                    weights[feature.Key] = weight + (rate * ((error * feature.Value) - (Regularization * weight)));
                }
            }
        }

        return weights;
    }

    private static double Score(Dictionary<ulong, double> weights, Feature[] features) =>
        features.Sum(feature => weights.GetValueOrDefault(feature.Key) * feature.Value);

    private sealed record Example(Feature[] Features, bool IsStop, bool IsNew, StopFinding Finding);
}
