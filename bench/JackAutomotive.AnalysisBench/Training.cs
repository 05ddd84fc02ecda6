using System.Globalization;
using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Sentiment;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.AnalysisBench;

/// <summary>
/// Trains the sentiment model by stochastic gradient descent on labelled data, and writes its weights. Deterministic: the same data gives the same
/// file. "cross" prints the macro-F1 of a five-fold cross-validation, of the rules alone and with the model.
/// </summary>
internal sealed class Training
{
    private const int Epochs = 12;
    private const double Rate = 0.3;
    private const double Decay = 0.3;
    private const double Regularization = 0.01;
    private const double SmallestWeight = 0.03;
    private const int Folds = 5;

    private readonly List<Example> _examples = [];
    private readonly Dictionary<ulong, string> _names = [];

    public Training(IEnumerable<string> folders)
    {
        var rules = RuleBase.Shared;
        var (intents, sentiment) = (new IntentRules(rules), new SentimentRules(rules));
        foreach (var (text, before, label) in folders.SelectMany(Texts))
        {
            var asked = AgentQuestion.None;
            var read = new ReadText();
            if (before is not null)
            {
                read.Read(before, rules.Tokenizer, rules.Agent);
                asked = AgentQuestions.Of(read.Tokens, read.Matches);
            }

            read.Read(text, rules.Tokenizer, rules.Customer);
            var found = intents.Find(read, asked);
            if (sentiment.RateAnswer(read, asked) is not null)
            {
                continue;
            }

            var rating = sentiment.Rate(read, found);
            List<Feature> features = [];
            SentimentFeatures.Extract(read, rating, asked, found, rules.Vocabulary, features);
            Name(read, features);
            _examples.Add(new Example([.. features], label, rating.Score));
        }
    }

    /// <summary>Writes the weights of a model of all examples.</summary>
    public void Write(string path)
    {
        var weights = Fit(_examples);
        var lines = weights
            .Where(w => w.Value.Max(Math.Abs) >= SmallestWeight)
            .Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Key:x16}\t{_names[w.Key]}\t{w.Value[0]:0.###}\t{w.Value[1]:0.###}\t{w.Value[2]:0.###}"))
            .Order(StringComparer.Ordinal);
        File.WriteAllLines(path, lines);
        Console.WriteLine($"{_examples.Count} examples, {weights.Count} features, {new FileInfo(path).Length / 1024} KiB in {path}");
    }

    /// <summary>Prints the macro-F1 of the rules alone and of the model, in a cross-validation.</summary>
    public void CrossValidate(TextWriter output)
    {
        var (alone, together) = (new Confusion(), new Confusion());
        for (var fold = 0; fold < Folds; fold++)
        {
            var weights = Fit([.. _examples.Where((_, i) => i % Folds != fold)]);
            foreach (var example in _examples.Where((_, i) => i % Folds == fold))
            {
                var p = Probabilities(weights, example.Features);
                together.Add(example.Label, SentimentRater.LabelOf(p[2] - p[0]));
                alone.Add(example.Label, example.Rules >= 0.36 ? SentimentLabel.Positive : example.Rules <= -0.34 ? SentimentLabel.Negative : SentimentLabel.Neutral);
            }
        }

        output.WriteLine("rules alone");
        alone.Print(output);
        output.WriteLine($"rules and model, {Folds}-fold cross-validation");
        together.Print(output);
    }

    private static IEnumerable<(string Text, string? Before, SentimentLabel Label)> Texts(string folder)
    {
        foreach (var path in Directory.GetFiles(folder, "*utterances.jsonl").Order(StringComparer.Ordinal))
        {
            foreach (var utterance in LabelledData.Read<Utterance>(path))
            {
                yield return (utterance.Text, utterance.Before, utterance.Sentiment);
            }
        }

        foreach (var path in Directory.GetFiles(folder, "*conversations.jsonl").Order(StringComparer.Ordinal))
        {
            foreach (var conversation in LabelledData.Read<LabelledConversation>(path))
            {
                foreach (var (index, labels) in conversation.Labels.Turns)
                {
                    var i = int.Parse(index, CultureInfo.InvariantCulture);
                    var before = i > 0 && conversation.Turns[i - 1].Role == TurnRole.Agent ? conversation.Turns[i - 1].Text : null;
                    yield return (conversation.Turns[i].Text, before, labels.Sentiment);
                }
            }
        }
    }

    private static Dictionary<ulong, double[]> Fit(List<Example> examples)
    {
        var weights = new Dictionary<ulong, double[]>();
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
                var p = Probabilities(weights, example.Features);
                foreach (var feature in example.Features)
                {
                    if (!weights.TryGetValue(feature.Key, out var w))
                    {
                        weights.Add(feature.Key, w = new double[3]);
                    }

                    for (var label = 0; label < 3; label++)
                    {
                        var error = (label == (int)example.Label ? 1 : 0) - p[label];
                        w[label] += rate * ((error * feature.Value) - (Regularization * w[label]));
                    }
                }
            }
        }

        return weights;
    }

    private static double[] Probabilities(Dictionary<ulong, double[]> weights, Feature[] features)
    {
        var z = new double[3];
        foreach (var feature in features)
        {
            if (weights.TryGetValue(feature.Key, out var w))
            {
                for (var label = 0; label < 3; label++)
                {
                    z[label] += w[label] * feature.Value;
                }
            }
        }

        var largest = z.Max();
        var p = z.Select(v => Math.Exp(v - largest)).ToArray();
        var sum = p.Sum();
        return [.. p.Select(v => v / sum)];
    }

    /// <summary>Gives each feature the name that a reader of the file sees: the words of the first text that has it.</summary>
    private void Name(ReadText read, List<Feature> features)
    {
        foreach (var feature in features)
        {
            _names.TryAdd(
                feature.Key,
                feature.Start < 0 ? "(context)" : read.EvidenceOf(feature.Start, feature.End).Text.ReplaceLineEndings(" ").Replace('\t', ' ').ToLowerInvariant());
        }
    }

    private sealed record Example(Feature[] Features, SentimentLabel Label, double Rules);
}
