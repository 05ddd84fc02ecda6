using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Sentiment;

/// <summary>
/// Rates what a customer feels. A short answer to a question about a feeling is decided by the question. Everything else is decided by a trained
/// linear model, which weighs what the rules found together with the words of the text.
/// </summary>
internal sealed class SentimentRater(RuleBase rules)
{
    /// <summary>A score at or above it is positive.</summary>
    public const double PositiveFrom = 0.2;

    /// <summary>A score at or below it is negative.</summary>
    public const double NegativeFrom = -0.2;

    private const int LongestKeyword = 2;
    private const int MostEvidence = 5;
    private const double WeakestHit = 0.3;

    private readonly SentimentRules _rules = new(rules);
    private readonly SentimentModel _model = SentimentModel.Shared;
    private readonly Vocabulary _vocabulary = rules.Vocabulary;

    /// <summary>Returns the label of a score.</summary>
    public static SentimentLabel LabelOf(double score) =>
        score >= PositiveFrom ? SentimentLabel.Positive : score <= NegativeFrom ? SentimentLabel.Negative : SentimentLabel.Neutral;

    /// <summary>Returns the sentiment of <paramref name="text"/>, said after the dealership asked <paramref name="asked"/>.</summary>
    public SentimentResult Rate(ReadText text, AgentQuestion asked, List<IntentResult> intents)
    {
        if (text.Tokens.Count == 0)
        {
            return new SentimentResult(0, SentimentLabel.Neutral, []);
        }

        if (_rules.RateAnswer(text, asked) is { } answer)
        {
            return new SentimentResult(answer, LabelOf(answer), answer == 0 ? [] : [text.EvidenceOf(0, text.Tokens.Count)]);
        }

        var rating = _rules.Rate(text, intents);
        if (rating.Score == 0 && text.Tokens.Count <= LongestKeyword && intents.Exists(i => i.Name == Intent.StopRequest))
        {
            // "STOP" alone is what carriers ask people to write. Capitals mean nothing here.
            return new SentimentResult(0, SentimentLabel.Neutral, []);
        }

        var features = new List<Feature>(3 * text.Tokens.Count);
        SentimentFeatures.Extract(text, rating, asked, intents, _vocabulary, features);
        var score = Math.Round(_model.Score(features), 3);
        var label = LabelOf(score);
        return new SentimentResult(score, label, EvidenceOf(text, rating, intents, features, label));
    }

    private List<Evidence> EvidenceOf(
        ReadText text, RuleRating rating, List<IntentResult> intents, List<Feature> features, SentimentLabel label)
    {
        var evidence = new List<Evidence>();
        var sign = label switch { SentimentLabel.Positive => 1, SentimentLabel.Negative => -1, _ => 0 };
        foreach (var hit in rating.Hits)
        {
            if (evidence.Count < MostEvidence && Math.Abs(hit.Valence) > WeakestHit && (sign == 0 || Math.Sign(hit.Valence) == sign))
            {
                evidence.Add(text.EvidenceOf(hit.Start, hit.End));
            }
        }

        if (evidence.Count > 0 || sign == 0)
        {
            return evidence;
        }

        if (sign > 0 && intents.Find(i => i.Name == Intent.BuyingSignal) is { } buying)
        {
            return [.. buying.Evidence];
        }

        if (_model.Strongest(features, sign) is { } strongest)
        {
            evidence.Add(text.EvidenceOf(strongest.Start, strongest.End));
        }

        return evidence;
    }
}
