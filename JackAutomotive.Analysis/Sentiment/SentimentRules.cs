using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Sentiment;

/// <summary>
/// What a customer feels about the dealership or the deal. VADER's method: each word has a valence, words before it turn, strengthen or weaken it,
/// and the sum is normalised. Phrases go before words, the longest first, and what comes after "but" counts more.
/// </summary>
internal sealed class SentimentRules(RuleBase rules)
{
    /// <summary>At or above it, a text is positive.</summary>
    public const double PositiveFrom = 0.36;

    /// <summary>At or below it, a text is negative.</summary>
    public const double NegativeFrom = -0.34;

    private const string Section = "sentiment";
    private const double Normalization = 6;
    private const int NegationReach = 3;
    private const int MostEvidence = 5;
    private const int LongestShortAnswer = 5;

    private readonly WordClasses _words = rules.WordClasses;

    /// <summary>Returns the sentiment of <paramref name="text"/>, said after the dealership asked <paramref name="asked"/>.</summary>
    public SentimentResult Rate(ReadText text, AgentQuestion asked, List<IntentResult> intents)
    {
        if (text.Tokens.Count == 0)
        {
            return new SentimentResult(0, SentimentLabel.Neutral, []);
        }

        if (RateAnswer(text, asked) is { } answer)
        {
            return answer;
        }

        var hits = FindHits(text);
        Turn(text.Tokens, hits);
        WeighContrast(text.Tokens, hits);
        var sum = 0.0;
        foreach (var hit in hits)
        {
            sum += hit.Valence;
        }

        sum = WeighIntents(sum, intents);
        sum += Exclamations(text.Text) * 0.25 * Math.Sign(sum) * (Math.Abs(sum) > 0.5 ? 1 : 0);
        var score = Math.Round(sum / Math.Sqrt((sum * sum) + Normalization), 3);
        return new SentimentResult(score, LabelOf(score), Evidence(text, hits, intents, score));
    }

    /// <summary>Returns the label of a score.</summary>
    public static SentimentLabel LabelOf(double score) =>
        score >= PositiveFrom ? SentimentLabel.Positive : score <= NegativeFrom ? SentimentLabel.Negative : SentimentLabel.Neutral;

    /// <summary>"Yeah" after "Are you happy with the numbers?" is positive; after "Does Tuesday work?" it is neutral.</summary>
    private SentimentResult? RateAnswer(ReadText text, AgentQuestion asked)
    {
        if (text.Tokens.Count > LongestShortAnswer
            || (asked & (AgentQuestion.Satisfaction | AgentQuestion.Trouble | AgentQuestion.Commit)) == 0)
        {
            return null;
        }

        var answer = Answer.Of(text.Tokens, _words);
        if (answer == AnswerKind.None)
        {
            return null;
        }

        var yes = answer == AnswerKind.Yes;
        double score;
        if ((asked & AgentQuestion.Trouble) != 0)
        {
            score = yes ? -0.5 : 0.45;
        }
        else if ((asked & AgentQuestion.Commit) != 0)
        {
            score = yes ? 0.5 : 0;
        }
        else
        {
            score = yes ? 0.5 : -0.5;
        }

        return new SentimentResult(score, LabelOf(score), score == 0 ? [] : [text.EvidenceOf(0, text.Tokens.Count)]);
    }

    private List<Hit> FindHits(ReadText text)
    {
        var tokens = text.Tokens;
        var covered = new bool[tokens.Count];
        var hits = new List<Hit>();
        List<PatternMatch> phrases = [];
        foreach (var match in text.Matches)
        {
            if (match.Pattern.Section == Section)
            {
                phrases.Add(match);
            }
        }

        phrases.Sort(static (a, b) =>
        {
            var byLength = (b.End - b.Start).CompareTo(a.End - a.Start);
            return byLength != 0 ? byLength : Math.Abs(b.Pattern.Weight).CompareTo(Math.Abs(a.Pattern.Weight)) is var byWeight && byWeight != 0
                ? byWeight
                : a.Start.CompareTo(b.Start);
        });
        foreach (var phrase in phrases)
        {
            if (covered.AsSpan(phrase.Start, phrase.End - phrase.Start).Contains(true))
            {
                continue;
            }

            covered.AsSpan(phrase.Start, phrase.End - phrase.Start).Fill(true);
            if (phrase.Pattern.Weight != 0)
            {
                hits.Add(new Hit(phrase.Start, phrase.End, phrase.Pattern.Weight, true));
            }
        }

        for (var i = 0; i < tokens.Count; i++)
        {
            if (covered[i] || tokens[i].Word == Vocabulary.Unknown || tokens[i].Is(TokenFlags.Name))
            {
                continue;
            }

            var valence = rules.Valences.Of(tokens[i].Word);
            if (valence != 0)
            {
                valence *= tokens[i].Is(TokenFlags.Shouted) ? 1.25 : 1;
                hits.Add(new Hit(i, i + 1, tokens[i].Is(TokenFlags.Question) ? valence * 0.5 : valence, false));
            }
        }

        hits.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return hits;
    }

    /// <summary>Applies the words before each hit: "not", "very", "kind of".</summary>
    private void Turn(List<Token> tokens, List<Hit> hits)
    {
        for (var h = 0; h < hits.Count; h++)
        {
            var hit = hits[h];
            var valence = hit.Valence;
            var negated = false;
            for (var back = 1; back <= NegationReach && hit.Start - back >= 0; back++)
            {
                var at = hit.Start - back;
                if (tokens[at + 1].Is(TokenFlags.SentenceStart) || (tokens[at + 1].Is(TokenFlags.ClauseStart) && back > 0))
                {
                    break;
                }

                var word = tokens[at].Word;
                if (_words.Contrasts.Contains(word))
                {
                    break;
                }

                negated |= _words.Negators.Contains(word) || (back == 1 && _words.No.Contains(word));
                if (!hit.Phrase)
                {
                    valence *= _words.Boosters.Contains(word) ? 1.2 : _words.Dampeners.Contains(word) ? 0.8 : 1;
                }
            }

            if (negated)
            {
                valence *= valence > 0 ? -0.75 : hit.Phrase ? -0.1 : -0.4;
            }

            hits[h] = hit with { Valence = valence };
        }
    }

    /// <summary>What the customer ends on decides.</summary>
    private void WeighContrast(List<Token> tokens, List<Hit> hits)
    {
        if (hits.Count == 0)
        {
            return;
        }

        var last = -1;
        for (var i = tokens.Count - 2; i > 0 && last < 0; i--)
        {
            last = _words.Contrasts.Contains(tokens[i].Word) ? i : -1;
        }

        var after = last >= 0 && hits.Exists(h => h.Start >= last && h.Valence != 0);
        for (var h = 0; h < hits.Count; h++)
        {
            var factor = 1.0;
            if (after)
            {
                factor = hits[h].Start < last ? 0.35 : 1.4;
            }
            else if (h == hits.Count - 1 && hits.Count > 1)
            {
                factor = 1.3;
            }

            hits[h] = hits[h] with { Valence = hits[h].Valence * factor };
        }
    }

    private static double WeighIntents(double sum, List<IntentResult> intents)
    {
        foreach (var intent in intents)
        {
            switch (intent.Name)
            {
                case Intent.BuyingSignal when sum > -1.5:
                    // Eagerness to buy is positive.
                    sum += 1.5;
                    break;
                case Intent.StopRequest or Intent.WrongNumber when sum > 0:
                    // "Thanks and have a blessed day" is courtesy here.
                    sum = 0;
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    private static int Exclamations(string text)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += c == '!' ? 1 : 0;
        }

        return Math.Min(count, 3);
    }

    private static List<Evidence> Evidence(ReadText text, List<Hit> hits, List<IntentResult> intents, double score)
    {
        var evidence = new List<Evidence>();
        var label = LabelOf(score);
        foreach (var hit in hits)
        {
            if (evidence.Count < MostEvidence && Math.Abs(hit.Valence) > 0.3 && (label == SentimentLabel.Neutral || Math.Sign(hit.Valence) == Math.Sign(score)))
            {
                evidence.Add(text.EvidenceOf(hit.Start, hit.End));
            }
        }

        if (evidence.Count == 0 && label == SentimentLabel.Positive && intents.Find(i => i.Name == Intent.BuyingSignal) is { } buying)
        {
            evidence.AddRange(buying.Evidence);
        }

        return evidence;
    }

    private readonly record struct Hit(int Start, int End, double Valence, bool Phrase);
}
